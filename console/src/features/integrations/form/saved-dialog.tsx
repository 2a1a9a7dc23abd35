// It is saved, and the server has something to say about it.
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import type { Warning } from "../../../api/types";
import { WarningList } from "./warning-parts";

export interface Saved {
  id: string;
  title: string;
  notes: string[];
  warnings: Warning[];
}

// null: there is nothing to say, so nobody has to be held up.
export function savedOf(
  id: string,
  title: string,
  warnings: Warning[] | undefined,
  notes: string[] = [],
): Saved | null {
  return notes.length === 0 && (warnings ?? []).length === 0 ? null : { id, title, notes, warnings: warnings ?? [] };
}

export function SavedDialog({
  saved,
  onStay,
  onView,
}: {
  saved: Saved | null;
  onStay: () => void;
  onView: () => void;
}) {
  return (
    <Modal opened={saved !== null} onClose={onStay} title={saved?.title} centered>
      <Stack gap="md">
        {saved?.notes.map((note) => (
          <Text key={note} size="sm">
            {note}
          </Text>
        ))}
        <WarningList warnings={saved?.warnings ?? []} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onStay}>
            Stay here
          </Button>
          <Button onClick={onView} data-autofocus>
            View the integration
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
