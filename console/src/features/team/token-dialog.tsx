// A token, the only time that it is shown.
import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import type { ApiUser } from "../../api/types";
import { IconCheck, IconCopy } from "../../ui/icons";

export function TokenDialog({ user, onClose }: { user: ApiUser; onClose: () => void }) {
  const token = user.tokens?.[0]?.token ?? "";
  const clipboard = useClipboard({ timeout: 4000 });
  return (
    <Modal opened onClose={onClose} title={`Token of ${user.friendly_name}`} centered closeOnClickOutside={false}>
      <Stack>
        <Alert color="yellow">Copy it now. It is kept nowhere and cannot be shown again.</Alert>
        <Text className="mono" data-testid="token">
          {token}
        </Text>
        <Group justify="flex-end" gap="xs">
          <Button
            variant="default"
            leftSection={clipboard.copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
            onClick={() => clipboard.copy(token)}
          >
            {clipboard.copied ? "Copied" : "Copy token"}
          </Button>
          <Button onClick={onClose}>Done</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
