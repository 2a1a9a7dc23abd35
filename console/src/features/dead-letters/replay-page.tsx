// One replay, followed as it goes on.
import { useParams } from "react-router";
import { useReplay } from "../../api/replays";
import { useSpace } from "../../app/space";
import { Page as PageFrame } from "../../ui/page";
import { Panel } from "../../ui/panel";
import { QueryView } from "../../ui/query-view";
import { BackToLetters, ReplayView } from "./replay-view";

export function Page() {
  const space = useSpace();
  const { number = "" } = useParams();
  const query = useReplay(space, number);
  return (
    <PageFrame title={`Replay ${number}`} actions={<BackToLetters />}>
      <QueryView query={query}>
        {(replay) => (
          <Panel>
            <ReplayView replay={replay} />
          </Panel>
        )}
      </QueryView>
    </PageFrame>
  );
}
