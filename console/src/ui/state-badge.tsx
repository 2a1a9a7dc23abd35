// The state of an integration, in a word and a colour. A plain element: a long table has hundreds.
import type { State } from "../lib/integration";
import classes from "./state-badge.module.css";

export const kStates: Record<State, { text: string; hint: string }> = {
  failing: { text: "Failing", hint: "The last delivery failed on at least one product." },
  paused: { text: "Paused", hint: "Paused on at least one product." },
  staged: { text: "Staged", hint: "An edit is being tried on some products." },
  disabled: { text: "Disabled", hint: "Switched off: no event fires it." },
  quiet: { text: "Quiet", hint: "No delivery is known yet." },
  healthy: { text: "Healthy", hint: "The last delivery succeeded." },
};

export function StateBadge({ state }: { state: State }) {
  return (
    <span className={classes.badge} data-state={state} title={kStates[state].hint}>
      {kStates[state].text}
    </span>
  );
}
