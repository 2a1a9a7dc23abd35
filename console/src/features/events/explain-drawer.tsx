// What an event would fire, and why not the others. Nothing is sent.
import { Badge, Button, Drawer, Group, Stack, Text, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { explainEvent, type TypedEvent } from "../../api/events";
import type { Explained, Explanation } from "../../api/types";
import { type Space, useSpace } from "../../app/space";
import { fieldErrors, hasOther } from "../../lib/form-errors";
import { plural } from "../../lib/format";
import { ErrorPanel } from "../../ui/error-panel";
import { IconCircleCheck, IconCircleX } from "../../ui/icons";
import type { LiveEvent } from "./event";
import { kOverlay } from "./event-drawer";
import { EventFields, typedEvent } from "./event-fields";

const kFields = ["product", "event.name", "event.data", "event.device_id"] as const;

export function ExplainDrawer({
  like,
  onClose,
  onAsked,
}: {
  like: LiveEvent | null;
  onClose: () => void;
  onAsked: (event: TypedEvent) => void; // for the address
}) {
  const space = useSpace();
  const [event, setEvent] = useState(() => typedEvent(like));
  const asking = useMutation({ mutationFn: (asked: TypedEvent) => explainEvent(space, asked) });
  // One from the stream is asked about at once.
  const first = useRef(like !== null ? event : null);
  const ask = asking.mutate;
  useEffect(() => {
    if (first.current !== null) ask(first.current);
    first.current = null;
  }, [ask]);
  const submit = (submitted: FormEvent) => {
    submitted.preventDefault();
    asking.mutate(event);
    onAsked(event);
  };
  const errors = fieldErrors(asking.error, kFields);
  return (
    <Drawer opened onClose={onClose} position="right" size={540} title="What would this fire" overlayProps={kOverlay}>
      <Stack gap="md">
        <form onSubmit={submit}>
          <Stack gap="sm">
            <EventFields
              value={event}
              onChange={setEvent}
              deviceLabel="From device"
              errors={{
                product: errors.product,
                name: errors["event.name"],
                data: errors["event.data"],
                device: errors["event.device_id"],
              }}
            />
            <Group justify="space-between">
              <Text size="sm" c="dimmed">
                Nothing is sent.
              </Text>
              <Button type="submit" loading={asking.isPending}>
                Explain
              </Button>
            </Group>
          </Stack>
        </form>
        {asking.isError && hasOther(asking.error, kFields) && <ErrorPanel error={asking.error} />}
        {asking.data !== undefined && <Answer answer={asking.data} space={space} />}
      </Stack>
    </Drawer>
  );
}

function Answer({ answer, space }: { answer: Explained; space: Space }) {
  return (
    <Stack gap="md" aria-live="polite">
      <div>
        <Title order={3}>Fires {plural(answer.fires.length, "integration")}</Title>
        {answer.fires.length === 0 && (
          <Text size="sm" c="dimmed">
            {answer.others.length === 0
              ? "There is no integration that could run on this event."
              : "None runs on this event; below is why."}
          </Text>
        )}
        <Explanations items={answer.fires} space={space} fires />
      </div>
      {answer.others.length > 0 && (
        <div>
          <Title order={3}>Does not fire {plural(answer.others.length, "other")}</Title>
          <Explanations items={answer.others} space={space} fires={false} />
        </div>
      )}
    </Stack>
  );
}

function Explanations({ items, space, fires }: { items: Explanation[]; space: Space; fires: boolean }) {
  const Icon = fires ? IconCircleCheck : IconCircleX;
  return (
    <Stack component="ul" gap="sm" m={0} mt="xs" p={0} style={{ listStyle: "none" }}>
      {items.map((one) => (
        <Group key={one.id} component="li" gap="sm" wrap="nowrap" align="flex-start">
          <Icon
            size={18}
            aria-hidden
            style={{ flex: "none", marginTop: 2 }}
            color={fires ? "var(--mantine-color-anchor)" : "var(--mantine-color-dimmed)"}
          />
          <div style={{ minWidth: 0 }}>
            <Group gap={6}>
              <Text
                component={Link}
                to={`${one.scope === "sandbox" ? "/sandbox" : space.path}/integrations/${one.id}`}
                fw={600}
                size="sm"
                c="var(--mantine-color-anchor)"
                style={{ overflowWrap: "anywhere" }}
              >
                {one.name}
              </Text>
              {one.scope === "sandbox" && <Badge variant="default">Sandbox</Badge>}
              {one.shared && <Badge variant="default">Shared</Badge>}
            </Group>
            <Text size="sm" style={{ overflowWrap: "anywhere" }}>
              {one.why}
            </Text>
          </div>
        </Group>
      ))}
    </Stack>
  );
}
