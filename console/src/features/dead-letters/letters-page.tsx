// Dead letters: deliveries that ended in error or were cancelled, to be found, read and replayed.
import { Button, Group, Stack, Text } from "@mantine/core";
import { useCallback, useMemo, useState } from "react";
import { Link } from "react-router";
import { exportPath, kLettersPerPage, type LetterPage, useDeadLetters } from "../../api/dead-letters";
import type { ReplayOf } from "../../api/replays";
import { useSpace } from "../../app/space";
import { type AskedLetters, isNarrowed, takenOf } from "../../lib/dead-letters";
import { plural } from "../../lib/format";
import { useUrlState } from "../../lib/url-state";
import { Empty } from "../../ui/empty";
import { ErrorPanel } from "../../ui/error-panel";
import { IconDownload, IconHistory, IconRefresh, IconRepeat } from "../../ui/icons";
import { Page as PageFrame } from "../../ui/page";
import { PermittedButton } from "../../ui/permitted";
import { Lines } from "../../ui/query-view";
import { SearchOn } from "../../ui/search-on";
import { LetterDrawer } from "./letter-drawer";
import { LetterFilters } from "./letter-filters";
import { LetterTable } from "./letter-table";
import { ReplayDialog } from "./replay-dialog";
import { useLetterFilter } from "./use-letter-filter";

export function Page() {
  const space = useSpace();
  const { filter, asked, clear } = useLetterFilter();
  const [replaying, setReplaying] = useState<ReplayOf | null>(null);
  const [opened, setOpened] = useUrlState("letter", "", true);
  return (
    <PageFrame
      title="Dead letters"
      hint="Deliveries that failed for good or were cancelled, with their events. They can be delivered again."
      actions={
        <>
          <Button
            component={Link}
            to={`${space.path}/dead-letters/replays`}
            variant="default"
            leftSection={<IconHistory size={16} aria-hidden />}
          >
            Replays
          </Button>
          <Button
            component="a"
            href={exportPath(space, asked)}
            download
            variant="default"
            leftSection={<IconDownload size={16} aria-hidden />}
          >
            Export
          </Button>
        </>
      }
    >
      <Stack gap="sm">
        <LetterFilters filter={filter} onClear={clear} />
        <Letters
          asked={asked}
          empty={<NoLetters narrowed={isNarrowed(filter)} replayed={filter.replayed} onClear={clear} />}
          onClear={clear}
          onOpen={setOpened}
          onReplay={setReplaying}
        />
      </Stack>
      {opened !== "" && replaying === null && (
        <LetterDrawer
          key={opened}
          id={opened}
          onClose={() => setOpened("")}
          onReplay={(id) => setReplaying({ ids: [id] })}
        />
      )}
      {replaying !== null && <ReplayDialog of={replaying} onClose={() => setReplaying(null)} />}
    </PageFrame>
  );
}

interface LettersProps {
  asked: AskedLetters;
  empty: React.ReactNode;
  onClear: () => void;
  onOpen: (id: string) => void;
  onReplay: (of: ReplayOf) => void;
}

function Letters({ asked, empty, onClear, onOpen, onReplay }: LettersProps) {
  const space = useSpace();
  const query = useDeadLetters(space, asked);
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const letters = useMemo(() => query.data?.pages.flatMap((page) => page.dead_letters) ?? [], [query.data]);
  const onSelect = useCallback((id: string, on: boolean) => {
    setMarked((before) => {
      const after = new Set(before);
      if (on) after.add(id);
      else after.delete(id);
      return after;
    });
  }, []);
  // What the filter hides is not replayed unseen.
  const selected = useMemo(
    () => new Set(letters.filter((one) => marked.has(one.id)).map((one) => one.id)),
    [letters, marked],
  );
  if (query.data === undefined) {
    return (
      <div aria-busy={!query.isError}>
        {query.isError ? (
          <Stack gap="xs" align="flex-start">
            <ErrorPanel error={query.error} onRetry={() => query.refetch()} />
            <Button variant="default" size="xs" onClick={onClear}>
              Clear filters
            </Button>
          </Stack>
        ) : (
          <Lines />
        )}
      </div>
    );
  }
  const last = query.data.pages.at(-1) as LetterPage;
  const more = (
    <SearchOn
      found={last.dead_letters.length}
      perPage={kLettersPerPage}
      searchedTo={last.searched_to}
      loading={query.isFetchingNextPage}
      failed={query.isFetchNextPageError ? query.error : null}
      onMore={() => query.fetchNextPage()}
    />
  );
  if (letters.length === 0) {
    return query.hasNextPage ? more : empty;
  }
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="xs" mih={30}>
        <Group gap="xs">
          <Text size="sm" c="dimmed" role="status" className="tabular">
            {selected.size > 0 ? `${selected.size} selected` : shownText(letters.length, query.hasNextPage)}
          </Text>
          {selected.size < letters.length && (
            <Button variant="default" size="xs" onClick={() => setMarked(new Set(letters.map((one) => one.id)))}>
              Select these {letters.length}
            </Button>
          )}
          {selected.size > 0 && (
            <Button variant="subtle" size="xs" onClick={() => setMarked(new Set())}>
              Clear selection
            </Button>
          )}
        </Group>
        <Group gap="xs">
          <Button
            variant="default"
            size="xs"
            loading={query.isRefetching && !query.isFetchingNextPage}
            leftSection={<IconRefresh size={14} aria-hidden />}
            onClick={() => query.refetch()}
          >
            Refresh
          </Button>
          <PermittedButton
            allowed={space.can("integrations:update")}
            size="xs"
            leftSection={<IconRepeat size={14} aria-hidden />}
            onClick={() => onReplay(selected.size > 0 ? { ids: [...selected] } : { filter: takenOf(asked) })}
          >
            {selected.size > 0 ? `Replay ${selected.size} selected` : "Replay all that match"}
          </PermittedButton>
        </Group>
      </Group>
      <LetterTable letters={letters} selected={selected} onSelect={onSelect} onOpen={onOpen} />
      {query.isError && !query.isFetchNextPageError && (
        <ErrorPanel error={query.error} onRetry={() => query.refetch()} />
      )}
      {query.hasNextPage && more}
    </Stack>
  );
}

function shownText(count: number, more: boolean): string {
  return more ? `${plural(count, "letter")} shown, the newest` : plural(count, "letter");
}

interface NoLettersProps {
  narrowed: boolean;
  replayed: "false" | "true" | "all";
  onClear: () => void;
}
function NoLetters({ narrowed, replayed, onClear }: NoLettersProps) {
  const [, setReplayed] = useUrlState("replayed", "false");
  if (narrowed) {
    return (
      <Empty
        title="No dead letter fits"
        action={
          <Button variant="default" onClick={onClear}>
            Clear filters
          </Button>
        }
      />
    );
  }
  if (replayed === "all") {
    return (
      <Empty title="No dead letters">
        A delivery that ends in error comes here, and one that is cancelled, with the event and the reason.
      </Empty>
    );
  }
  return (
    <Empty
      title={replayed === "true" ? "Nothing was replayed yet" : "Nothing is left to replay"}
      action={
        <Button variant="default" onClick={() => setReplayed("all")}>
          Show all dead letters
        </Button>
      }
    />
  );
}
