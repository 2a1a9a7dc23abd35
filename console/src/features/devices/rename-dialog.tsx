import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useUpdateDevice } from "../../api/devices";
import type { Device } from "../../api/types";
import { useSpace } from "../../app/space";
import { fieldErrors, hasOther } from "../../lib/form-errors";
import { ErrorPanel } from "../../ui/error-panel";

const kFields = ["name"] as const;

export function RenameDialog({ device, onClose }: { device: Device; onClose: () => void }) {
  const space = useSpace();
  const [name, setName] = useState(device.name ?? "");
  const saving = useUpdateDevice(space.api);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    saving.mutate({ id: device.id, change: { name } }, { onSuccess: onClose });
  };
  return (
    <Modal opened onClose={onClose} title="Rename device">
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput
            label="Name"
            description={device.id}
            value={name}
            maxLength={128}
            required
            withAsterisk={false}
            error={fieldErrors(saving.error, kFields).name}
            onChange={(event) => setName(event.currentTarget.value)}
            data-autofocus
          />
          {saving.isError && hasOther(saving.error, kFields) && <ErrorPanel error={saving.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={saving.isPending}>
              Rename
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
