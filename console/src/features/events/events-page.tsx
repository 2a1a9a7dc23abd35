// The events of a space as they are published: a live stream, to be filtered, paused, opened, and asked about.
import { Button, Chip, Group, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { streamPath } from "../../api/events";
import { useNamedProducts } from "../../api/products";
import { useSpace } from "../../app/space";
import { plural } from "../../lib/format";
import { useTypedUrlState } from "../../lib/typed-url-state";
import { useUrlState } from "../../lib/url-state";
import { Empty } from "../../ui/empty";
import { ErrorPanel } from "../../ui/error-panel";
import { IconFilter, IconPlayerPause, IconPlayerPlay, IconSend, IconTopologyStar3, IconTrash } from "../../ui/icons";
import { Page as PageFrame } from "../../ui/page";
import { PermittedButton } from "../../ui/permitted";
import { ConnectionState } from "./connection-state";
import { kKinds, type LiveEvent } from "./event";
import { EventDrawer } from "./event-drawer";
import { eventFromText, eventToText } from "./event-link";
import { EventList } from "./event-list";
import { ExplainDrawer } from "./explain-drawer";
import type { EventFeed } from "./feed";
import { matches, parseFilter, withModifier } from "./filter";
import { PublishDialog } from "./publish-dialog";
import { kKeptMax, useFeed, useFeedView } from "./use-feed";

const kAllKinds = kKinds.map((one) => one.kind).join(",");
const kWhere = { organization: "all products", product: "this product", sandbox: "your sandbox and your devices" };

export function Page() {
  const space = useSpace();
  const products = useNamedProducts(space);
  const { feed, connection, retry } = useFeed(streamPath(space));
  const [filter, setFilter] = useTypedUrlState("q");
  const [kinds, setKinds] = useUrlState("kinds", kAllKinds);
  const [shown, setShown] = useUrlState("view", "pretty");
  const [paused, setPaused] = useState(false);
  const panels = usePanels();
  const names = useMemo(() => new Map((products.data ?? []).map((one) => [one.id, one])), [products.data]);
  const terms = useMemo(() => parseFilter(filter), [filter]);
  useEffect(() => {
    const wanted = new Set(kinds.split(","));
    feed.setWanted((event) => wanted.has(event.kind) && matches(terms, event, names));
  }, [feed, kinds, terms, names]);
  const filtered = terms.length > 0 || kinds !== kAllKinds;
  const { event, panel, open, openPanel, close } = panels;
  const explain = useCallback((one: LiveEvent) => open(one, "explain"), [open]);
  const onOpen = useCallback((one: LiveEvent) => open(one), [open]);

  return (
    <PageFrame
      title="Events"
      hint={`Live, of ${kWhere[space.kind]}`}
      actions={
        <>
          <Button
            variant="default"
            leftSection={<IconTopologyStar3 size={16} aria-hidden />}
            onClick={() => openPanel("explain")}
          >
            What would this fire
          </Button>
          <PermittedButton
            allowed={space.can("events:send")}
            leftSection={<IconSend size={16} aria-hidden />}
            onClick={() => openPanel("publish")}
          >
            Publish event
          </PermittedButton>
        </>
      }
    >
      <Stack gap="xs">
        <Group gap="xs">
          <TextInput
            aria-label="Filter events"
            placeholder="Words, or device: event: data: product:"
            leftSection={<IconFilter size={16} aria-hidden />}
            style={{ flex: "1 1 260px" }}
            value={filter}
            onChange={(typed) => setFilter(typed.currentTarget.value)}
          />
          <SegmentedControl
            aria-label="How data is shown"
            data={[
              { value: "pretty", label: "Pretty" },
              { value: "raw", label: "Raw" },
            ]}
            value={shown}
            onChange={setShown}
          />
          <Button
            variant="default"
            leftSection={paused ? <IconPlayerPlay size={16} aria-hidden /> : <IconPlayerPause size={16} aria-hidden />}
            onClick={() => setPaused(!paused)}
          >
            {paused ? "Resume" : "Pause"}
          </Button>
          <Button variant="default" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => feed.clear()}>
            Clear
          </Button>
        </Group>
        <Group justify="space-between" gap="xs">
          <Chip.Group
            multiple
            value={kinds.split(",")}
            onChange={(wanted) =>
              setKinds(
                kKinds
                  .map((one) => one.kind)
                  .filter((one) => wanted.includes(one))
                  .join(",") || "none",
              )
            }
          >
            <Group gap={6} role="group" aria-label="Kinds of events">
              {kKinds.map((one) => (
                <Chip key={one.kind} value={one.kind} size="xs" variant="outline">
                  {one.label}
                </Chip>
              ))}
            </Group>
          </Chip.Group>
          <Group gap="md">
            <ConnectionState connection={connection} paused={paused} onRetry={retry} />
            <FeedNumbers feed={feed} />
          </Group>
        </Group>
        {connection.state === "refused" && <ErrorPanel error={connection.problem} onRetry={retry} />}
        <EventList
          feed={feed}
          products={names}
          pretty={shown === "pretty"}
          paused={paused}
          opened={event === null ? null : `${event.at} ${event.name}`}
          withProduct={space.kind !== "product"}
          onResume={() => setPaused(false)}
          onOpen={onOpen}
          onExplain={explain}
          empty={
            <NoEvents
              filtered={filtered}
              onShowAll={() => {
                setFilter("");
                setKinds(kAllKinds);
              }}
            />
          }
        />
      </Stack>
      {event !== null && panel === "" && (
        <EventDrawer
          key={eventToText(event)}
          event={event}
          product={event.product === null ? undefined : names.get(event.product)}
          pretty={shown === "pretty"}
          onClose={close}
          onExplain={() => open(event, "explain")}
          onPublish={() => open(event, "publish")}
          onFilter={(place, text) => {
            close();
            setFilter(withModifier(filter, place, text));
          }}
        />
      )}
      {panel === "explain" && (
        <ExplainDrawer
          like={event}
          onClose={close}
          onAsked={(typed) =>
            open(
              {
                number: 0,
                name: typed.name,
                data: typed.data === "" ? null : typed.data,
                at: new Date().toISOString(),
                from: typed.device || "api",
                product: typed.product === "" ? null : Number(typed.product),
                kind: "api",
              },
              "explain",
              true,
            )
          }
        />
      )}
      {panel === "publish" && <PublishDialog like={event} onClose={close} />}
    </PageFrame>
  );
}

// The opened event and what is done with it, in the address.
function usePanels() {
  const [parameters, setParameters] = useSearchParams();
  const text = parameters.get("event");
  const panel = parameters.get("panel") ?? "";
  const event = useMemo(() => (text === null ? null : eventFromText(text)), [text]);
  const set = useCallback(
    (eventText: string | null, nextPanel: string, replace: boolean) =>
      setParameters(
        (before) => {
          const after = new URLSearchParams(before);
          if (eventText === null) after.delete("event");
          else after.set("event", eventText);
          if (nextPanel === "") after.delete("panel");
          else after.set("panel", nextPanel);
          return after;
        },
        { replace },
      ),
    [setParameters],
  );
  const open = useCallback(
    (one: LiveEvent, nextPanel = "", replace = false) => set(eventToText(one), nextPanel, replace),
    [set],
  );
  const openPanel = useCallback((nextPanel: string) => set(null, nextPanel, false), [set]);
  const close = useCallback(() => set(null, "", false), [set]);
  return { event, panel, open, openPanel, close };
}

function FeedNumbers({ feed }: { feed: EventFeed }) {
  const view = useFeedView(feed);
  const cut = view.arrived > view.kept ? `, the newest ${plural(view.kept, "event")} kept` : "";
  return (
    <Text size="sm" c="dimmed" className="tabular" title={`At most ${kKeptMax} events are kept${cut}`}>
      {plural(view.arrived, "event")}
    </Text>
  );
}

function NoEvents({ filtered, onShowAll }: { filtered: boolean; onShowAll: () => void }) {
  if (!filtered) {
    return (
      <Empty title="No event yet">
        Events appear here as they are published. Publish one yourself to see what happens.
      </Empty>
    );
  }
  return (
    <Empty
      title="No event fits the filter"
      action={
        <Button variant="default" size="xs" onClick={onShowAll}>
          Show all events
        </Button>
      }
    />
  );
}
