// It is saved, and the server has something to say about it.
import { Button, Group, List, Modal, Stack, Text } from "@mantine/core";

export interface Saved {
  id: string;
  title: string;
  notes: string[];
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
        {saved?.notes.length === 1 ? (
          <Text size="sm">{saved.notes[0]}</Text>
        ) : (
          <List size="sm" spacing={4}>
            {saved?.notes.map((note) => (
              <List.Item key={note}>{note}</List.Item>
            ))}
          </List>
        )}
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
