// Publishing an event, as a device or the API would. The dialog stays, for the next one.
import { Alert, Button, Group, Modal, Stack } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { publishRequest, usePublish } from "../../api/events";
import { useSpace } from "../../app/space";
import { fieldErrors, hasOther } from "../../lib/form-errors";
import { Copyable, CurlButton } from "../../ui/copy";
import { ErrorPanel } from "../../ui/error-panel";
import { IconSend } from "../../ui/icons";
import { PermittedButton } from "../../ui/permitted";
import type { LiveEvent } from "./event";
import { EventFields, typedEvent } from "./event-fields";

const kFields = ["name", "data", "as_device_id"] as const;

export function PublishDialog({ like, onClose }: { like: LiveEvent | null; onClose: () => void }) {
  const space = useSpace();
  const [event, setEvent] = useState(() => typedEvent(like));
  const publishing = usePublish(space);
  const missing = space.kind === "organization" && event.product === "";
  const [asked, setAsked] = useState(false);
  const errors = fieldErrors(publishing.error, kFields);
  const request = publishRequest(space, event);
  const submit = (submitted: FormEvent) => {
    submitted.preventDefault();
    setAsked(true);
    if (!missing) publishing.mutate(event);
  };
  return (
    <Modal opened onClose={onClose} title="Publish an event" size="lg">
      <form onSubmit={submit}>
        <Stack gap="md">
          <EventFields
            value={event}
            onChange={setEvent}
            deviceLabel="As device"
            errors={{
              product: asked && missing ? "Choose the product that the event is published in." : undefined,
              name: errors.name,
              data: errors.data,
              device: errors.as_device_id,
            }}
          />
          {publishing.isError && hasOther(publishing.error, kFields) && <ErrorPanel error={publishing.error} />}
          {publishing.isSuccess && (
            <Alert color="fleet" role="status" title="Published" py="xs">
              <Copyable value={publishing.data.id} label="Copy the event's id" />
            </Alert>
          )}
          <Group justify="space-between" gap="xs">
            <CurlButton method="POST" path={request.path} body={request.body} />
            <Group gap="xs">
              <Button variant="default" onClick={onClose}>
                Close
              </Button>
              <PermittedButton
                allowed={space.can("events:send")}
                type="submit"
                loading={publishing.isPending}
                leftSection={<IconSend size={16} aria-hidden />}
              >
                Publish
              </PermittedButton>
            </Group>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
