// Replays of dead letters, the newest first.
import { Stack } from "@mantine/core";
import { useReplays } from "../../api/replays";
import { useSpace } from "../../app/space";
import { Empty } from "../../ui/empty";
import { Page as PageFrame } from "../../ui/page";
import { Panel } from "../../ui/panel";
import { QueryView } from "../../ui/query-view";
import { BackToLetters, ReplayView } from "./replay-view";

export function Page() {
  const space = useSpace();
  const query = useReplays(space);
  return (
    <PageFrame title="Replays" hint="Dead letters that are delivered again, or were." actions={<BackToLetters />}>
      <QueryView query={query}>
        {(replays) =>
          replays.length === 0 ? (
            <Empty title="Nothing was replayed yet">Choose dead letters, or all that match, and replay them.</Empty>
          ) : (
            <Stack gap="sm">
              {replays.map((replay) => (
                <Panel key={replay.number}>
                  <ReplayView replay={replay} />
                </Panel>
              ))}
            </Stack>
          )
        }
      </QueryView>
    </PageFrame>
  );
}
