// The event of the preview: typed, or a real one of the past.
import { NativeSelect, SegmentedControl, Stack, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import type { IntegrationDetail, LogEntry } from "../../../api/types";
import { localTime } from "../../../lib/format";
import { CodeEditor } from "../../../ui/code-editor";
import { useFields } from "./form-state";

export function EventFields({ detail }: { detail: IntegrationDetail | null }) {
  const { form } = useFields();
  const { sample, setSample } = form;
  const [past, setPast] = useState(false);
  const events = useMemo(() => pastEvents(detail), [detail]);
  const choosePast = (id: string) => {
    const event = events.find((entry) => entry.event?.id === id)?.event;
    setSample({ eventId: id, ...(event === undefined ? {} : { data: event.data ?? "" }) });
  };
  return (
    <Stack gap="xs">
      <SegmentedControl
        size="xs"
        aria-label="Event of the preview"
        data={["Typed event", "Past event"]}
        value={past ? "Past event" : "Typed event"}
        onChange={(value) => {
          setPast(value === "Past event");
          if (value === "Typed event") setSample({ eventId: "" });
          else if (events[0]?.event !== undefined) choosePast(events[0].event.id);
        }}
      />
      {past ? (
        <>
          {events.length > 0 && (
            <NativeSelect
              size="xs"
              label="From the log"
              value={sample.eventId}
              onChange={(event) => choosePast(event.currentTarget.value)}
              data={[
                ...(events.some((entry) => entry.event?.id === sample.eventId)
                  ? []
                  : [{ value: sample.eventId, label: "by its id" }]),
                ...events.map((entry) => ({
                  value: entry.event?.id ?? "",
                  label: `${entry.event?.name} · ${localTime(entry.time)}${entry.error === null ? "" : " · failed"}`,
                })),
              ]}
            />
          )}
          <TextInput
            size="xs"
            label="Event id"
            description="As the publication was answered with, or from the list of events."
            classNames={{ input: "mono" }}
            value={sample.eventId}
            onChange={(event) => setSample({ eventId: event.currentTarget.value })}
          />
        </>
      ) : (
        <>
          <TextInput
            size="xs"
            label="Published name"
            placeholder={form.draft.event || "as the event name"}
            value={sample.name}
            onChange={(event) => setSample({ name: event.currentTarget.value })}
          />
          <CodeEditor
            label="Event data"
            size="xs"
            language="json"
            placeholder={'{"value": 21.5}'}
            value={sample.data}
            onChange={(data) => setSample({ data })}
            minLines={2}
            maxLines={10}
          />
          <TextInput
            size="xs"
            label="Device id"
            placeholder="none: published over the API"
            value={sample.deviceId}
            onChange={(event) => setSample({ deviceId: event.currentTarget.value })}
          />
        </>
      )}
    </Stack>
  );
}

// The events of its log, newest first, each once.
function pastEvents(detail: IntegrationDetail | null): LogEntry[] {
  const entries = [...(detail?.errors ?? []), ...(detail?.logs ?? [])].filter((entry) => entry.event !== undefined);
  entries.sort((a, b) => (a.time < b.time ? 1 : -1));
  const seen = new Set<string>();
  return entries.filter((entry) => {
    const id = entry.event?.id ?? "";
    if (seen.has(id)) return false;
    seen.add(id);
    return true;
  });
}
