// "Are you sure", for what cannot be taken back. The confirm button repeats the verb. A refusal stays in the dialog.
import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { ErrorPanel } from "./error-panel";

export function ConfirmDialog({
  opened,
  onClose,
  title,
  verb,
  children,
  onConfirm,
  danger = true,
  typed,
}: {
  opened: boolean;
  onClose: () => void;
  title: string;
  verb: string; // "Delete"
  children: ReactNode;
  onConfirm: () => Promise<unknown>; // the dialog closes when it is fulfilled
  danger?: boolean;
  typed?: string; // must be typed first
}) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [text, setText] = useState("");
  const close = () => {
    setError(null);
    setText("");
    onClose();
  };
  const confirm = async () => {
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
      close();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened={opened} onClose={close} title={title} centered>
      <Stack gap="md">
        <div>{children}</div>
        {typed !== undefined && (
          <TextInput
            label={`Type ${typed} to confirm`}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            data-autofocus
          />
        )}
        {error !== null && <ErrorPanel error={error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button
            color={danger ? "red.9" : undefined}
            loading={busy}
            disabled={typed !== undefined && text !== typed}
            onClick={confirm}
            data-autofocus={typed === undefined ? true : undefined}
          >
            {verb}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
