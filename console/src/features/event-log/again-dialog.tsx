// Before events of a time range are delivered again: by which integration, how many, how fast.
import { Button, Group, Modal, NumberInput, Select, SimpleGrid, Stack, Text } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { useIntegrations } from "../../api/integrations";
import { type NewReplay, useReplayCount, useStartReplay } from "../../api/replays";
import { useSpace } from "../../app/space";
import { fieldErrors, hasOther } from "../../lib/form-errors";
import { formatCount, plural } from "../../lib/format";
import { nameOf } from "../../lib/integration";
import { ErrorPanel } from "../../ui/error-panel";
import { IconRepeat } from "../../ui/icons";
import { MomentField } from "../../ui/moment-field";
import { PermittedButton } from "../../ui/permitted";
import { toastDone } from "../../ui/toast";

const kRate = { usual: 100, min: 1, max: 10_000 };
const kFields = ["integration", "rate"] as const;

// `asked`: what narrows the list behind it.
export function AgainDialog({ asked, onClose }: { asked: Record<string, string>; onClose: () => void }) {
  const space = useSpace();
  const navigate = useNavigate();
  const list = useIntegrations(space).data ?? [];
  const [integration, setIntegration] = useState("");
  const [from, setFrom] = useState(asked.from ?? "");
  const [to, setTo] = useState(asked.to ?? "");
  const [rate, setRate] = useState<number | string>(kRate.usual);
  const { search, event } = asked;
  // As the list was searched: for a device, or else for a text.
  const isDevice = search !== undefined && /^([0-9a-f]{24}|api)$/i.test(search);
  const events = Object.fromEntries(
    Object.entries({ from, to, event, [isDevice ? "device" : "text"]: search }).filter(
      (one): one is [string, string] => one[1] !== undefined && one[1] !== "",
    ),
  );
  const replay: NewReplay = { events, integration };
  const whole = integration !== "" && from !== "";
  const count = useReplayCount(space, replay, whole);
  const starting = useStartReplay(space);
  const errors = fieldErrors(starting.error, kFields);
  const rateOk = typeof rate === "number" && rate >= kRate.min && rate <= kRate.max;
  const nothing = count.data?.would_replay === 0 && count.data.complete;
  const submit = (submitted: FormEvent) => {
    submitted.preventDefault();
    if (count.data === undefined || nothing || !rateOk) return;
    starting.mutate(
      { ...replay, rate },
      {
        onSuccess: ({ number }) => {
          toastDone(`Replay ${number} has started.`);
          navigate(`${space.path}/dead-letters/replays/${number}`);
        },
      },
    );
  };
  return (
    <Modal opened onClose={onClose} title="Deliver events again" size="lg">
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <Text size="sm" c="dimmed">
            Whatever came of them before: for a receiver that has lost what it had. It takes the events that fire the
            integration as it is now.
          </Text>
          <Select
            label="Deliver by"
            placeholder="An integration"
            required
            data={list.map((one) => ({ value: one.id, label: nameOf(one) }))}
            value={integration === "" ? null : integration}
            onChange={(id) => setIntegration(id ?? "")}
            searchable
            limit={100}
            nothingFoundMessage="No integration is called so"
            error={errors.integration}
          />
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
            <MomentField label="Accepted from" value={from} onValue={setFrom} />
            <MomentField label="Accepted until" value={to} onValue={setTo} />
          </SimpleGrid>
          {(search !== undefined || event !== undefined) && (
            <Text size="sm">
              Only {event !== undefined && `events whose name begins with “${event}”`}
              {event !== undefined && search !== undefined && ", "}
              {search !== undefined && (isDevice ? `of device ${search}` : `with “${search}”`)}
            </Text>
          )}
          <NumberInput
            label="Events per second"
            description="At most. The integration's own limits hold too."
            min={kRate.min}
            max={kRate.max}
            allowDecimal={false}
            value={rate}
            onChange={setRate}
            error={errors.rate ?? (rateOk ? undefined : `A number from ${kRate.min} to ${formatCount(kRate.max)}`)}
            w={220}
          />
          <Text role="status" fw={600}>
            {whole ? howMany(count.data) : "Choose an integration, and from when on"}
          </Text>
          {count.isError && <ErrorPanel error={count.error} onRetry={() => count.refetch()} />}
          {starting.isError && hasOther(starting.error, kFields) && (
            <ErrorPanel error={starting.error} title="The replay was not started" />
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <PermittedButton
              allowed={
                nothing ? { ok: false, reason: "There is nothing to deliver." } : space.can("integrations:update")
              }
              type="submit"
              loading={starting.isPending}
              disabled={count.data === undefined}
              leftSection={<IconRepeat size={16} aria-hidden />}
            >
              Start replay
            </PermittedButton>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function howMany(count: { would_replay: number; complete: boolean } | undefined): string {
  if (count === undefined) return "Counting…";
  if (!count.complete) return `At least ${plural(count.would_replay, "event")} would be delivered`;
  if (count.would_replay === 0) return "Nothing would be delivered";
  return `${plural(count.would_replay, "event")} would be delivered`;
}
