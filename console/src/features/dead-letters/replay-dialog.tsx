// Before a replay starts: how many, where to, by which settings, how fast.
import { Alert, Modal, Radio, Select, Stack, Text } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { useIntegrations } from "../../api/integrations";
import { type NewReplay, type ReplayOf, useReplayCount, useStartReplay } from "../../api/replays";
import { useSpace } from "../../app/space";
import { wordsOf } from "../../lib/dead-letters";
import { fieldErrors } from "../../lib/form-errors";
import { formatCount, plural } from "../../lib/format";
import { nameOf } from "../../lib/integration";
import { ErrorPanel } from "../../ui/error-panel";
import { toastDone } from "../../ui/toast";
import { RateField, StartRow, takesNothing, useRate } from "./replay-fields";
import { useLetterNames } from "./use-letter-filter";

const kFields = ["integration", "version", "rate"] as const;

export function ReplayDialog({ of, onClose }: { of: ReplayOf; onClose: () => void }) {
  const space = useSpace();
  const navigate = useNavigate();
  const names = useLetterNames();
  const [target, setTarget] = useState("");
  const [version, setVersion] = useState<"present" | "same">("present");
  const rate = useRate();
  // Another integration never had the version that failed.
  const asked: NewReplay =
    target === "" ? { ...of, version } : { ...of, integration: target, version: "present" as const };
  const count = useReplayCount(space, asked);
  const starting = useStartReplay(space);
  const errors = fieldErrors(starting.error, kFields);
  const submit = (submitted: FormEvent) => {
    submitted.preventDefault();
    if (count.data === undefined || takesNothing(count.data) || rate.rate === null) return;
    starting.mutate(
      { ...asked, rate: rate.rate },
      {
        onSuccess: (replay) => {
          toastDone(`Replay ${replay.number} has started.`);
          navigate(`${space.path}/dead-letters/replays/${replay.number}`);
        },
      },
    );
  };
  const again = "filter" in of && of.filter.replayed !== "false";
  return (
    <Modal opened onClose={onClose} title="Replay dead letters" size="lg">
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <div>
            <Text size="sm" c="dimmed">
              {"filter" in of ? wordsOf(of.filter, names) : `${plural(of.ids.length, "letter")} that you chose`}
            </Text>
            <Text role="status" fw={600}>
              {howMany(count.data)}
            </Text>
          </div>
          {count.isError && <ErrorPanel error={count.error} onRetry={() => count.refetch()} />}
          {again && (
            <Alert color="yellow" p="xs">
              Among these may be letters that were replayed before. They are delivered once more.
            </Alert>
          )}
          <TargetField value={target} onChange={setTarget} error={errors.integration} />
          <Radio.Group
            label="Settings"
            value={target === "" ? version : "present"}
            onChange={(value) => setVersion(value === "same" ? "same" : "present")}
            error={errors.version}
          >
            <Stack gap={8} mt={8}>
              <Radio value="present" label="As they are now" description="By the integration's present version." />
              <Radio
                value="same"
                label="As they were"
                description="By the version with which each letter failed."
                disabled={target !== ""}
              />
            </Stack>
          </Radio.Group>
          <RateField of="Letters" rate={rate} error={errors.rate} />
          <StartRow count={count.data} starting={starting} fields={kFields} onCancel={onClose} />
        </Stack>
      </form>
    </Modal>
  );
}

function howMany(count: { would_replay: number; complete: boolean } | undefined): string {
  if (count === undefined) return "Counting…";
  if (!count.complete) return `At least ${plural(count.would_replay, "letter")} would be replayed`;
  if (count.would_replay === 0) return "Nothing would be replayed";
  return `${formatCount(count.would_replay)} ${count.would_replay === 1 ? "letter" : "letters"} would be replayed`;
}

interface TargetProps {
  value: string;
  onChange: (id: string) => void;
  error?: string;
}
function TargetField({ value, onChange, error }: TargetProps) {
  const list = useIntegrations(useSpace()).data ?? [];
  return (
    <Select
      label="Deliver by"
      placeholder="The integration of each letter"
      description="Another one must run on the product of each event."
      data={list.map((one) => ({ value: one.id, label: nameOf(one) }))}
      value={value === "" ? null : value}
      onChange={(id) => onChange(id ?? "")}
      searchable
      clearable
      clearButtonProps={{ "aria-label": "The integration of each letter" }}
      limit={100}
      nothingFoundMessage="No integration is called so"
      error={error}
    />
  );
}
