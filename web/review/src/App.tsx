// Session and routes. A session that ends midway asks for the password above the page: nothing typed is lost.
import { ApiProblem, ErrorState, Skeleton, words, type NotesBackend } from '@medrecord/core';
import { QueryClientProvider, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { BackendContext, useBackend } from './backend-context';
import { DevicesPage } from './devices/DevicesPage';
import { Layout } from './Layout';
import { NotePage } from './note/NotePage';
import { keys, makeQueryClient } from './queries';
import { RecordingPage } from './recording/RecordingPage';
import { SessionEnded } from './SessionEnded';
import { SignInPage } from './SignInPage';
import { WorklistPage } from './worklist/WorklistPage';

export function App({ backend }: { backend: NotesBackend }) {
  const [isSignedOut, setSignedOut] = useState(false);
  const client = useMemo(() => makeQueryClient(() => setSignedOut(true)), []);
  return (
    <BackendContext value={backend}>
      <QueryClientProvider client={client}>
        <Session isSignedOut={isSignedOut} onSession={(isOpen) => setSignedOut(!isOpen)} />
      </QueryClientProvider>
    </BackendContext>
  );
}

interface SessionProps {
  isSignedOut: boolean;
  onSession: (isOpen: boolean) => void;
}

function Session({ isSignedOut, onSession }: SessionProps) {
  const backend = useBackend();
  const client = useQueryClient();
  const me = useQuery({ queryKey: keys.me, queryFn: () => backend.me(), staleTime: Infinity, retry: false });

  const signIn = async (email: string, password: string) => {
    client.setQueryData(keys.me, await backend.signIn(email, password));
    onSession(true);
    void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'me' });
  };
  const signOut = async () => {
    await backend.signOut();
    client.clear();
    await client.resetQueries({ queryKey: keys.me });
    onSession(false);
  };

  if (me.data) {
    return (
      <Layout clinician={me.data} onSignOut={() => void signOut()}>
        <Switch>
          <Route path="/">
            <WorklistPage shows="open" />
          </Route>
          <Route path="/signed">
            <WorklistPage shows="signed" />
          </Route>
          <Route path="/workstations">
            <DevicesPage role={me.data.role} />
          </Route>
          <Route path="/notes/:id">{({ id }) => <NotePage key={id} id={id} />}</Route>
          <Route path="/recordings/:id">{({ id }) => <RecordingPage key={id} id={id} />}</Route>
          <Route>
            <Redirect to="/" replace />
          </Route>
        </Switch>
        {isSignedOut && <SessionEnded email={me.data.email} onSignIn={signIn} />}
      </Layout>
    );
  }
  if (me.error && ApiProblem.from(me.error).code !== 'unauthenticated') {
    return <ErrorState error={me.error} onRetry={() => void me.refetch()} />;
  }
  if (me.error) return <SignInPage onSignIn={signIn} />;
  return <Skeleton label={words.worklist.loading} lines={1} look="rows" />;
}
