// Before events of a time range are delivered again: by which integration, how many, how fast.
import { Modal, Select, SimpleGrid, Stack, Text } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { useIntegrations } from "../../api/integrations";
import { type NewReplay, useReplayCount, useStartReplay } from "../../api/replays";
import { useSpace } from "../../app/space";
import { fieldErrors } from "../../lib/form-errors";
import { plural } from "../../lib/format";
import { nameOf } from "../../lib/integration";
import { ErrorPanel } from "../../ui/error-panel";
import { MomentField } from "../../ui/moment-field";
import { toastDone } from "../../ui/toast";
import { RateField, StartRow, takesNothing, useRate } from "../dead-letters/replay-fields";

const kFields = ["integration", "rate"] as const;

// `asked`: what narrows the list behind it.
export function AgainDialog({ asked, onClose }: { asked: Record<string, string>; onClose: () => void }) {
  const space = useSpace();
  const navigate = useNavigate();
  const list = useIntegrations(space).data ?? [];
  const [integration, setIntegration] = useState("");
  const [from, setFrom] = useState(asked.from ?? "");
  const [to, setTo] = useState(asked.to ?? "");
  const rate = useRate();
  const { search, event } = asked;
  const events = Object.fromEntries(
    Object.entries({ from, to, event, search }).filter(
      (one): one is [string, string] => one[1] !== undefined && one[1] !== "",
    ),
  );
  const replay: NewReplay = { events, integration };
  const whole = integration !== "" && from !== "";
  const count = useReplayCount(space, replay, whole);
  const starting = useStartReplay(space);
  const errors = fieldErrors(starting.error, kFields);
  const submit = (submitted: FormEvent) => {
    submitted.preventDefault();
    if (count.data === undefined || takesNothing(count.data) || rate.rate === null) return;
    starting.mutate(
      { ...replay, rate: rate.rate },
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
              {search !== undefined && `of what “${search}” finds`}
            </Text>
          )}
          <RateField of="Events" rate={rate} error={errors.rate} />
          <Text role="status" fw={600}>
            {whole ? howMany(count.data) : "Choose an integration, and from when on"}
          </Text>
          {count.isError && <ErrorPanel error={count.error} onRetry={() => count.refetch()} />}
          <StartRow count={count.data} starting={starting} fields={kFields} onCancel={onClose} />
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
