// The replays of a space, the newest first: who replays what, and how far it is.
import { Button, Group, Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import { type Replay, useReplays } from "../../api/replays";
import { useSpace } from "../../app/space";
import { Empty } from "../../ui/empty";
import { Page as PageFrame } from "../../ui/page";
import { Panel } from "../../ui/panel";
import { QueryView } from "../../ui/query-view";
import { Time } from "../../ui/time";
import { ReplayActions } from "./replay-actions";
import { ReplayBadge } from "./replay-badge";
import { ReplayProgress } from "./replay-progress";
import { ReplayWords } from "./replay-words";
import classes from "./replays.module.css";

export function Page() {
  const space = useSpace();
  const letters = `${space.path}/dead-letters`;
  const query = useReplays(space);
  return (
    <PageFrame
      title="Replays"
      crumbs={[{ label: "Dead letters", to: letters }]}
      hint="Dead letters and events that are delivered again, the newest replay first."
    >
      <QueryView
        query={query}
        isEmpty={(replays) => replays.length === 0}
        empty={
          <Empty
            title="No replay yet"
            action={
              <Button component={Link} to={letters} variant="default">
                Dead letters
              </Button>
            }
          >
            Find the dead letters that should be delivered again, and press Replay there.
          </Empty>
        }
      >
        {(replays) => (
          <Panel padding={0}>
            <ol className={classes.list} aria-label="Replays, newest first">
              {replays.map((replay) => (
                <Entry key={replay.number} replay={replay} />
              ))}
            </ol>
          </Panel>
        )}
      </QueryView>
    </PageFrame>
  );
}

function Entry({ replay }: { replay: Replay }) {
  const space = useSpace();
  return (
    <li className={classes.entry}>
      <Stack gap={8}>
        <Group justify="space-between" gap="xs">
          <Group gap="xs">
            <Text component={Link} to={`${space.path}/dead-letters/replays/${replay.number}`} fw={600} td="underline">
              Replay {replay.number}
            </Text>
            <ReplayBadge state={replay.state} />
            <Text size="sm" c="dimmed">
              {replay.by.username}, <Time value={replay.created_at} />
            </Text>
          </Group>
          <Group gap="xs">
            <ReplayActions replay={replay} />
          </Group>
        </Group>
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          <ReplayWords replay={replay} linked={false} />
        </Text>
        <ReplayProgress replay={replay} />
      </Stack>
    </li>
  );
}
