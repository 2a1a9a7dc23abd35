// A moment: relative or local in the text, local and UTC on hover.
import { Text, Tooltip } from "@mantine/core";
import { useSyncExternalStore } from "react";
import { localTime, relativeTime, utcTime } from "../lib/format";

// One clock for all of them, so that a page of times costs one timer.
let now = Date.now();
const listeners = new Set<() => void>();
let timer: number | undefined;
function subscribe(listener: () => void) {
  // It stood still while nobody looked.
  if (listeners.size === 0) now = Date.now();
  listeners.add(listener);
  timer ??= window.setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, 10_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer !== undefined) {
      window.clearInterval(timer);
      timer = undefined;
    }
  };
}
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

export function Time({ value, relative = true }: { value: string; relative?: boolean }) {
  const at = useNow();
  const shown = relative ? relativeTime(value, Math.max(at, Date.parse(value))) : localTime(value);
  const label = `${localTime(value)} · ${utcTime(value)}`;
  return (
    <Tooltip label={label} openDelay={200}>
      <Text span inherit component="time" dateTime={value}>
        {relative && Date.parse(value) > at + 5000 ? relativeTime(value, at) : shown}
      </Text>
    </Tooltip>
  );
}
