// Which microphone; remembered in Rust by its stable id.
import { words, type wire } from '@medrecord/core';
import { Check, ChevronDown, Mic } from 'lucide-react';
import { Button, Label, ListBox, ListBoxItem, Popover, Select, SelectValue } from 'react-aria-components';
import styles from './MicrophoneSelect.module.css';
import { useRecorder } from './recorder-context';

const DEFAULT = 'default';

export interface MicrophoneSelectProps {
  microphones: wire.Microphone[];
  chosen: string | null;
  /** The one that records now, which may stand in for the chosen one. */
  recording: string | null;
}

export function MicrophoneSelect({ microphones, chosen, recording }: MicrophoneSelectProps) {
  const { backend, run } = useRecorder();
  const systemDefault = microphones.find((microphone) => microphone.is_default);
  const defaultName = systemDefault
    ? `${words.recorder.defaultMicrophone} (${systemDefault.name})`
    : words.recorder.defaultMicrophone;
  const items = [{ id: DEFAULT, name: defaultName }, ...microphones];
  return (
    <Select
      className={styles['select'] ?? ''}
      isDisabled={recording !== null || microphones.length === 0}
      value={chosen ?? DEFAULT}
      onChange={(key) => {
        void run(() => backend.chooseMicrophone(key === DEFAULT || key === null ? null : String(key)));
      }}
    >
      <Label className="visually-hidden">{words.recorder.microphone}</Label>
      <Button className={styles['button'] ?? ''} data-testid="microphone">
        <Mic aria-hidden />
        <SelectValue className={styles['value'] ?? ''}>
          {({ defaultChildren }) => {
            if (recording !== null) return recording;
            if (microphones.length === 0) return words.recorder.noMicrophone;
            return chosen === null ? (systemDefault?.name ?? defaultChildren) : defaultChildren;
          }}
        </SelectValue>
        <ChevronDown aria-hidden />
      </Button>
      <Popover className={styles['popover'] ?? ''} placement="bottom end">
        <ListBox items={items}>
          {(item) => (
            <ListBoxItem className={styles['option'] ?? ''} textValue={item.name}>
              {({ isSelected }) => (
                <>
                  <span>{item.name}</span>
                  {isSelected && <Check aria-hidden />}
                </>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  );
}
