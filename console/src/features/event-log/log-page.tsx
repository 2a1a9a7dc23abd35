// Events that are kept: one field finds them by device, text or id; more of them narrow further.
import { Alert, Button, Group, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { type AskedDevice, type EventPage, kEventsPerPage, useEventLog } from "../../api/event-log";
import { useSpace } from "../../app/space";
import { localTime, plural } from "../../lib/format";
import { isEventId } from "../../lib/trace";
import { useTypedUrlState } from "../../lib/typed-url-state";
import { useUrlState } from "../../lib/url-state";
import { Empty } from "../../ui/empty";
import { ErrorPanel } from "../../ui/error-panel";
import { IconActivity, IconFilter, IconRefresh, IconRepeat, IconSearch } from "../../ui/icons";
import { MomentField } from "../../ui/moment-field";
import { Page as PageFrame } from "../../ui/page";
import { PermittedButton } from "../../ui/permitted";
import { Lines } from "../../ui/query-view";
import { SearchOn } from "../../ui/search-on";
import { AgainDialog } from "./again-dialog";
import { LogTable } from "./log-table";

const kNarrowing = ["search", "event", "from", "to"] as const;
const kMore = ["event", "from", "to"] as const;

export function Page() {
  const space = useSpace();
  const [address, setAddress] = useSearchParams();
  const [again, setAgain] = useState(false);
  const asked = useMemo(
    () =>
      Object.fromEntries(
        kNarrowing.map((name) => [name, address.get(name)?.trim() ?? ""]).filter(([, value]) => value !== ""),
      ),
    [address],
  );
  const clear = () => setAddress(new URLSearchParams(), { replace: true });
  return (
    <PageFrame
      title="Event log"
      hint="What was published and is kept, newest first, with what became of it."
      actions={
        <>
          <PermittedButton
            allowed={space.can("integrations:update")}
            variant="default"
            leftSection={<IconRepeat size={16} aria-hidden />}
            onClick={() => setAgain(true)}
          >
            Deliver again
          </PermittedButton>
          <Button
            component={Link}
            to={`${space.path}/events`}
            variant="default"
            leftSection={<IconActivity size={16} aria-hidden />}
          >
            Live events
          </Button>
        </>
      }
    >
      <Stack gap="sm">
        <Filters narrowed={Object.keys(asked).length > 0} onClear={clear} />
        <Events asked={asked} onClear={clear} />
      </Stack>
      {again && <AgainDialog asked={asked} onClose={() => setAgain(false)} />}
    </PageFrame>
  );
}

function Filters({ narrowed, onClear }: { narrowed: boolean; onClear: () => void }) {
  const [address] = useSearchParams();
  const more = kMore.filter((name) => (address.get(name) ?? "") !== "").length;
  const [open, setOpen] = useState(more > 0);
  const [search, setSearch] = useTypedUrlState("search");
  const [event, setEvent] = useTypedUrlState("event");
  const [from, setFrom] = useUrlState("from");
  const [to, setTo] = useUrlState("to");
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <TextInput
          aria-label="Search the event log"
          placeholder="A device’s name or id, an event’s id, or a text in name or data"
          type="search"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={search}
          onChange={(typed) => setSearch(typed.currentTarget.value)}
          style={{ flex: "1 1 320px" }}
        />
        <Button
          variant="default"
          leftSection={<IconFilter size={16} aria-hidden />}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {more === 0 ? "More filters" : `More filters (${more})`}
        </Button>
        {narrowed && (
          <Button variant="subtle" onClick={onClear}>
            Clear filters
          </Button>
        )}
      </Group>
      {open && (
        <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm" verticalSpacing="xs">
          <TextInput
            label="Event"
            placeholder="Its name begins with"
            value={event}
            onChange={(typed) => setEvent(typed.currentTarget.value)}
          />
          <MomentField label="From" value={from} onValue={setFrom} />
          <MomentField label="Until" value={to} onValue={setTo} />
        </SimpleGrid>
      )}
    </Stack>
  );
}

function Events({ asked, onClear }: { asked: Record<string, string>; onClear: () => void }) {
  const space = useSpace();
  const search = asked.search ?? "";
  if (isEventId(search)) {
    return (
      <Empty
        title="The id of an event"
        action={
          <Button component={Link} to={`${space.path}/event-log/${search.toLowerCase()}`}>
            Show what became of it
          </Button>
        }
      />
    );
  }
  return <Found asked={asked} onClear={onClear} />;
}

function Found({ asked, onClear }: { asked: Record<string, string>; onClear: () => void }) {
  const space = useSpace();
  const query = useEventLog(space, asked);
  const events = useMemo(() => query.data?.pages.flatMap((page) => page.events) ?? [], [query.data]);
  if (query.data === undefined) {
    if (!query.isError) {
      return (
        <div aria-busy>
          <Lines />
        </div>
      );
    }
    return (
      <Stack gap="xs" align="flex-start">
        <ErrorPanel error={query.error} onRetry={() => query.refetch()} />
        <Button variant="default" size="xs" onClick={onClear}>
          Clear filters
        </Button>
      </Stack>
    );
  }
  const last = query.data.pages.at(-1) as EventPage;
  const device = query.data.pages[0]?.device;
  const more = (
    <SearchOn
      found={last.events.length}
      perPage={kEventsPerPage}
      searchedTo={last.searched_to}
      loading={query.isFetchingNextPage}
      failed={query.isFetchNextPageError ? query.error : null}
      onMore={() => query.fetchNextPage()}
    />
  );
  return (
    <Stack gap="sm">
      {device !== undefined && <Device device={device} />}
      {events.length === 0 && !query.hasNextPage && (
        <Nothing narrowed={Object.keys(asked).length > 0} device={device} onClear={onClear} />
      )}
      {events.length > 0 && (
        <>
          <Group justify="space-between" gap="xs" mih={30}>
            <Text size="sm" c="dimmed" role="status" className="tabular">
              {query.hasNextPage
                ? `${plural(events.length, "event")} shown, the newest`
                : plural(events.length, "event")}
            </Text>
            <Button
              variant="default"
              size="xs"
              loading={query.isRefetching && !query.isFetchingNextPage}
              leftSection={<IconRefresh size={14} aria-hidden />}
              onClick={() => query.refetch()}
            >
              Refresh
            </Button>
          </Group>
          <LogTable events={events} />
        </>
      )}
      {query.hasNextPage && more}
    </Stack>
  );
}

// Which device is meant, and when it was heard last.
function Device({ device }: { device: AskedDevice }) {
  if (device.id === "api") return null;
  if (!device.known) {
    return (
      <Alert color="yellow" p="xs" title={`No device ${device.id} here`}>
        It is not registered in this place (any more). What it published before is listed all the same.
      </Alert>
    );
  }
  return (
    <Text size="sm" role="note">
      Device{" "}
      <Text span fw={600}>
        {device.name ?? device.id}
      </Text>
      {device.name != null && (
        <Text span className="mono" size="xs" c="dimmed">
          {" "}
          {device.id}
        </Text>
      )}
      , {device.last_heard == null ? "never heard" : `last heard ${localTime(device.last_heard)}`}
    </Text>
  );
}

interface NothingProps {
  narrowed: boolean;
  device: AskedDevice | undefined;
  onClear: () => void;
}
function Nothing({ narrowed, device, onClear }: NothingProps) {
  const clear = (
    <Button variant="default" onClick={onClear}>
      Clear filters
    </Button>
  );
  if (device?.known && device.last_heard == null) {
    return (
      <Empty title="This device has never published" action={clear}>
        Nothing has come from it since it was added. Look at its connection, its firmware, and whether it publishes to
        this server.
      </Empty>
    );
  }
  if (device !== undefined) {
    return (
      <Empty title="Nothing of this device is kept" action={clear}>
        It published nothing that is still kept and fits.
      </Empty>
    );
  }
  if (narrowed) return <Empty title="No event fits" action={clear} />;
  return <Empty title="No events yet">What devices and servers publish comes here, and stays for some days.</Empty>;
}
