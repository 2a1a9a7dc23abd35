// How it fares now: where it fails since when and why, what waits and when it is tried next; and what one can do about
// what waits. Only there while something fails or waits.
import { Group, Stack, Table, Text } from "@mantine/core";
import { useState } from "react";
import type { IntegrationDetail } from "../../../api/types";
import { type PlacementHealth, useHealth, useWaitingCommand, type WaitingCommand } from "../../../api/waiting";
import { useSpace } from "../../../app/space";
import { waitsOf, waitsText, waitText } from "../../../lib/waits";
import { ConfirmDialog } from "../../../ui/confirm";
import { Panel } from "../../../ui/panel";
import { PermittedButton } from "../../../ui/permitted";
import { StateBadge } from "../../../ui/state-badge";
import { Time } from "../../../ui/time";
import { toastDone, toastProblem } from "../../../ui/toast";
import type { Rights } from "./rights";
import { WaitsNote } from "./waits-note";

export function HealthPanel({ one, rights }: { one: IntegrationDetail; rights: Rights }) {
  const { data } = useHealth(useSpace(), one.id);
  const placements = (data ?? []).filter((at) => at.waiting > 0 || at.outages.length > 0);
  if (placements.length === 0) return null;
  const waits = waitsOf({
    waiting: placements.reduce((sum, at) => sum + at.waiting, 0),
    held: placements.reduce((sum, at) => sum + at.held, 0),
  });
  return (
    <Panel title="Health" actions={waits.waiting > 0 && <Actions one={one} rights={rights} waits={waits} />}>
      <Table.ScrollContainer minWidth={560}>
        <Table aria-label="Health" fz="sm" verticalSpacing={6} horizontalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Product</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th>Waits</Table.Th>
              <Table.Th>Next attempt</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {placements.map((at) => (
              <Row key={at.product?.id ?? 0} at={at} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Panel>
  );
}

function Row({ at }: { at: PlacementHealth }) {
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={500} style={{ verticalAlign: "top" }}>
        {at.product?.name ?? "Sandbox"}
      </Table.Th>
      <Table.Td style={{ verticalAlign: "top" }}>
        <Stack gap={4}>
          <StateBadge state={at.health} />
          {at.outages.map((outage) => (
            <div key={outage.id}>
              <Text size="sm">
                {outage.destination ?? "No request can be made"}, failing since <Time value={outage.began_at} />
              </Text>
              <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
                {outage.error}
              </Text>
            </div>
          ))}
        </Stack>
      </Table.Td>
      <Table.Td style={{ verticalAlign: "top" }}>{at.waiting === 0 ? "Nothing" : waitsText(at)}</Table.Td>
      <Table.Td style={{ verticalAlign: "top" }}>
        <Next at={at} />
      </Table.Td>
    </Table.Tr>
  );
}

// While a breaker is open one request finds out: the others follow when it succeeds.
function Next({ at }: { at: PlacementHealth }) {
  if (at.held > 0 && at.held === at.waiting) return <Text size="sm">When it runs again</Text>;
  const tries = at.destinations.flatMap((one) => (one.breaker === null ? [] : [one.breaker.next_try_at]));
  const dues = at.destinations.flatMap((one) => one.next_attempt_at ?? []);
  const next = [...tries, ...dues].sort()[0];
  if (at.destinations.some((one) => one.in_flight > 0)) return <Text size="sm">Under way</Text>;
  if (next === undefined) return <Text size="sm">{at.waiting === 0 ? "Nothing waits" : "When its turn comes"}</Text>;
  return (
    <Text size="sm">
      <Time value={next} />
      {tries.length > 0 && (
        <Text span size="xs" c="dimmed" display="block">
          one request, to find out
        </Text>
      )}
    </Text>
  );
}

interface Question {
  title: string;
  verb: string;
  becomes: string;
  done: (count: number) => string;
}
const kQuestions: Record<"move" | "cancel", (version: number) => Question> = {
  move: (version) => ({
    title: `Deliver what waits by version ${version}`,
    verb: "Deliver by it",
    becomes: `What waits goes by version ${version}, with its URL and its templates, and is tried at once. What an older version would have sent is not sent.`,
    done: (count) => `${waitText(count, ["goes", "go"])} by version ${version}.`,
  }),
  cancel: () => ({
    title: "Cancel what waits",
    verb: "Cancel the deliveries",
    becomes: "What waits ends as cancelled. Each delivery leaves a dead letter, which can be replayed.",
    done: (count) => `${waitText(count, ["was", "were"])} cancelled.`,
  }),
};

interface ActionsProps {
  one: IntegrationDetail;
  rights: Rights;
  waits: { waiting: number; held: number };
}
function Actions({ one, rights, waits }: ActionsProps) {
  const space = useSpace();
  const command = useWaitingCommand(space, one.id);
  const [asks, setAsks] = useState<"move" | "cancel" | null>(null);
  const question = asks === null ? null : kQuestions[asks](one.version);
  const run = async (which: WaitingCommand, done: (count: number) => string) => {
    const { deliveries } = await command.mutateAsync({ command: which });
    toastDone(done(deliveries));
  };
  return (
    <Group gap={6}>
      <PermittedButton
        allowed={waits.held === waits.waiting ? { ok: false, reason: "It is paused: resume it." } : rights.pause}
        size="compact-sm"
        variant="default"
        // What is tried too early fails once more, and waits as before: there is nothing to confirm.
        onClick={() => run("try_now", (count) => `${waitText(count, ["is", "are"])} tried now.`).catch(toastProblem)}
      >
        Try now
      </PermittedButton>
      <PermittedButton allowed={rights.pause} size="compact-sm" variant="default" onClick={() => setAsks("move")}>
        Deliver by version {one.version}
      </PermittedButton>
      <PermittedButton allowed={rights.pause} size="compact-sm" variant="default" onClick={() => setAsks("cancel")}>
        Cancel what waits
      </PermittedButton>
      <ConfirmDialog
        opened={question !== null}
        onClose={() => setAsks(null)}
        title={question?.title ?? ""}
        verb={question?.verb ?? ""}
        danger={asks === "cancel"}
        onConfirm={async () => {
          if (asks !== null && question !== null) await run(asks, question.done);
        }}
      >
        <WaitsNote waits={waits} products={one.products ?? []} becomes={question?.becomes ?? ""} />
      </ConfirmDialog>
    </Group>
  );
}
