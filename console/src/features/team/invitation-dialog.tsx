// The link of an invitation, the only time that it is shown.
import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import type { Invited } from "../../api/types";
import { IconCheck, IconCopy } from "../../ui/icons";
import { Time } from "../../ui/time";

export function InvitationDialog({ invited, onClose }: { invited: Invited; onClose: () => void }) {
  const link = `${window.location.origin}/invitation/${invited.id}#${invited.code}`;
  const clipboard = useClipboard({ timeout: 4000 });
  return (
    <Modal opened onClose={onClose} title={`Invitation of ${invited.username}`} centered closeOnClickOutside={false}>
      <Stack>
        <Alert color="yellow">
          Send this link to {invited.username} yourself, by a way that reaches nobody else: Fleethook sends no mail. It
          is shown once; a new one can be made at any time.
        </Alert>
        <Text className="mono" data-testid="invitation-link" style={{ overflowWrap: "anywhere" }}>
          {link}
        </Text>
        <Text size="sm" c="dimmed">
          It asks to sign in, or to make an account, under that address. It ends <Time value={invited.expires_at} />.
        </Text>
        <Group justify="flex-end" gap="xs">
          <Button
            variant="default"
            leftSection={clipboard.copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
            onClick={() => clipboard.copy(link)}
          >
            {clipboard.copied ? "Copied" : "Copy link"}
          </Button>
          <Button onClick={onClose}>Done</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
