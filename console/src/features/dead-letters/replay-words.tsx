// What a replay takes, in words.
import type { Replay } from "../../api/replays";
import { useSpace } from "../../app/space";
import { addressOf, wordsOf } from "../../lib/dead-letters";
import { plural } from "../../lib/format";
import { eventAddress, eventWords } from "../../lib/replay";
import { InnerLink } from "../../ui/inner-link";
import { useLetterNames } from "./use-letter-filter";

export function ReplayWords({ replay, linked }: { replay: Replay; linked: boolean }) {
  const space = useSpace();
  const names = useLetterNames();
  if (replay.events !== null) {
    const words = eventWords(replay.events);
    const address = new URLSearchParams(eventAddress(replay.events));
    return linked ? <InnerLink to={`${space.path}/event-log?${address}`}>{words}</InnerLink> : words;
  }
  if (replay.filter === null) return `${plural(replay.ids ?? replay.found, "letter")} chosen one by one`;
  const words = wordsOf(replay.filter, names);
  // By now they may be replayed: the address asks for all that fit.
  const address = addressOf({ ...replay.filter, replayed: "all" });
  return linked ? <InnerLink to={`${space.path}/dead-letters?${address}`}>{words}</InnerLink> : words;
}
