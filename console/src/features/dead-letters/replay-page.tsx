// One replay: what it takes, where to, and what has become of it so far.
import { Button, Group, Stack, Table } from "@mantine/core";
import { Link, useParams } from "react-router";
import { ApiError } from "../../api/client";
import { type Replay, useReplay } from "../../api/replays";
import { useSpace } from "../../app/space";
import { formatCount } from "../../lib/format";
import { Empty } from "../../ui/empty";
import { FactRow } from "../../ui/fact-row";
import { InnerLink } from "../../ui/inner-link";
import { Page as PageFrame } from "../../ui/page";
import { Panel } from "../../ui/panel";
import { QueryView } from "../../ui/query-view";
import { Time } from "../../ui/time";
import { ReplayActions } from "./replay-actions";
import { ReplayBadge } from "./replay-badge";
import { ReplayProgress } from "./replay-progress";
import { ReplayWords } from "./replay-words";

export function Page() {
  const { number = "" } = useParams();
  const space = useSpace();
  const query = useReplay(space, number);
  if (query.error instanceof ApiError && query.error.status === 404) return <NotThere />;
  return <QueryView query={query}>{(replay) => <View key={number} replay={replay} />}</QueryView>;
}

function useCrumbs() {
  const { path } = useSpace();
  return [
    { label: "Dead letters", to: `${path}/dead-letters` },
    { label: "Replays", to: `${path}/dead-letters/replays` },
  ];
}

function NotThere() {
  const space = useSpace();
  return (
    <PageFrame title="No such replay" crumbs={useCrumbs()}>
      <Empty
        title="It is not here"
        action={
          <Button component={Link} to={`${space.path}/dead-letters/replays`} variant="default">
            All replays
          </Button>
        }
      >
        {space.name} has no replay with this number. It may have been started for the whole organization, and is there.
      </Empty>
    </PageFrame>
  );
}

function View({ replay }: { replay: Replay }) {
  return (
    <PageFrame
      title={`Replay ${replay.number}`}
      crumbs={useCrumbs()}
      hint={
        <Group gap="xs" mt={4}>
          <ReplayBadge state={replay.state} />
          {replay.by.username}, <Time value={replay.created_at} />
        </Group>
      }
      actions={<ReplayActions replay={replay} />}
    >
      <Panel>
        <Stack gap="md">
          <ReplayProgress replay={replay} />
          <Facts replay={replay} />
        </Stack>
      </Panel>
    </PageFrame>
  );
}

function Facts({ replay }: { replay: Replay }) {
  const space = useSpace();
  const target = replay.integration;
  return (
    <Table
      aria-label="The replay"
      variant="vertical"
      layout="fixed"
      withRowBorders={false}
      verticalSpacing={4}
      horizontalSpacing={0}
      fz="sm"
    >
      <Table.Tbody>
        <FactRow width={130} title="Takes">
          <ReplayWords replay={replay} linked />
        </FactRow>
        <FactRow width={130} title="Delivered by">
          {target === null ? (
            "The integration of each letter"
          ) : (
            <InnerLink to={`${space.path}/integrations/${target.id}`}>{target.name}</InnerLink>
          )}
        </FactRow>
        <FactRow width={130} title="Settings">
          {replay.version === "present" ? "As they are now" : "The version with which each letter failed"}
        </FactRow>
        <FactRow width={130} title="At most">
          {formatCount(replay.rate)} per second
        </FactRow>
        <FactRow width={130} title="Found">
          {formatCount(replay.found)}
        </FactRow>
        <FactRow width={130} title="Accepted again">
          {formatCount(replay.placed)}
        </FactRow>
        <FactRow width={130} title="Waiting">
          {formatCount(replay.waiting)}
        </FactRow>
        {replay.skipped > 0 && (
          <FactRow width={130} title="Not replayed">
            {formatCount(replay.skipped)}: the integration is deleted, disabled, or no longer runs on that product
          </FactRow>
        )}
        <FactRow width={130} title="Started">
          <Time value={replay.created_at} relative={false} />
        </FactRow>
        {replay.ended_at !== null && (
          <FactRow width={130} title="Ended">
            <Time value={replay.ended_at} relative={false} />
          </FactRow>
        )}
      </Table.Tbody>
    </Table>
  );
}
