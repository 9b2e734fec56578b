// Errors of both transports as one class: screens act on the code, people read the message.
import type { CommandError, ErrorCode, FieldError, Problem } from './generated/wire';
import { words } from './messages';

/** `offline` is ours: no answer at all. Other words come from the server or the recorder. */
export type ProblemCode = ErrorCode | 'offline' | (string & {});

export class ApiProblem extends Error {
  readonly code: ProblemCode;
  readonly requestId: string | null;
  readonly errors: readonly FieldError[];

  constructor(
    code: ProblemCode,
    message: string,
    requestId: string | null = null,
    errors: readonly FieldError[] = [],
  ) {
    super(message);
    this.name = 'ApiProblem';
    this.code = code;
    this.requestId = requestId;
    this.errors = errors;
  }

  /** Whether the same request may work later without anybody doing anything. */
  get isTransient(): boolean {
    return ['offline', 'unavailable', 'too_many_requests', 'body_too_slow', 'internal'].includes(this.code);
  }

  static offline(): ApiProblem {
    return new ApiProblem('offline', words.errors.offline);
  }

  /** An answer that is not the server's: a network's sign-in page, a proxy. */
  static notOurs(): ApiProblem {
    return new ApiProblem('offline', words.errors.notOurs);
  }

  static fromWire(problem: Partial<Problem>): ApiProblem {
    const code = problem.code ?? 'internal';
    const message = problem.detail ?? problem.title ?? words.errors.unknown;
    return new ApiProblem(code, message, problem.request_id ?? null, problem.errors ?? []);
  }

  /** Whatever was thrown, as a problem: a Tauri command rejects with a plain object. */
  static from(thrown: unknown): ApiProblem {
    if (thrown instanceof ApiProblem) return thrown;
    if (isCommandError(thrown)) return new ApiProblem(thrown.code, thrown.message);
    return new ApiProblem('internal', typeof thrown === 'string' ? thrown : words.errors.unknown);
  }
}

function isCommandError(thrown: unknown): thrown is CommandError {
  if (typeof thrown !== 'object' || thrown === null) return false;
  return (
    'code' in thrown &&
    typeof thrown.code === 'string' &&
    'message' in thrown &&
    typeof thrown.message === 'string'
  );
}
