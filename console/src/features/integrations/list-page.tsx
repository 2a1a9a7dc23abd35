// All integrations of a space: what they did today, how they are, and the way to each. The numbers are live, the order is
// not: rows do not move while one reads them.
import { Button, Group, Stack, Text } from "@mantine/core";
import { useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { type TodaysCounters, useIntegrations, useTodaysCounters } from "../../api/integrations";
import type { Integration } from "../../api/types";
import { useSpace } from "../../app/space";
import { formatCount, plural } from "../../lib/format";
import { useUrlState } from "../../lib/url-state";
import { Empty } from "../../ui/empty";
import { IconPlus, IconRefresh } from "../../ui/icons";
import { Page as PageFrame } from "../../ui/page";
import { PermittedButton } from "../../ui/permitted";
import { QueryView } from "../../ui/query-view";
import { VirtualTable } from "../../ui/virtual-table";
import { useColumns } from "./list/cells";
import { Filters } from "./list/filters";
import classes from "./list/list.module.css";
import { arrange, countStates, fromList, isLive, parseSort, type Row, rowsOf, sortText } from "./list/model";
import { OpenRow } from "./list/open-row";

const kHints = {
  organization: "Over all products of the organization; numbers are of today (UTC), summed over the products.",
  product: "What runs on this product; numbers are this product's, of today (UTC).",
  sandbox: "What your own devices fire; numbers are of today (UTC).",
};

export function Page() {
  const space = useSpace();
  const counters = useTodaysCounters(space);
  const query = useIntegrations(space);
  const isEmpty = query.data?.length === 0;
  return (
    <PageFrame title="Integrations" hint={kHints[space.kind]} actions={isEmpty ? undefined : <NewButton />}>
      <QueryView
        query={query}
        live={counters}
        isEmpty={(list) => list.length === 0}
        empty={
          <Empty title="No integrations yet" action={<NewButton />}>
            An integration sends the events that devices publish to a service of yours, as an HTTP request that you
            describe{space.kind === "organization" ? ", on one product or on several at once" : ""}. Make the first one.
          </Empty>
        }
      >
        {(list) => <IntegrationList list={list} today={counters.data} onMissing={query.refetch} />}
      </QueryView>
    </PageFrame>
  );
}

function NewButton() {
  const space = useSpace();
  return (
    <PermittedButton
      allowed={space.can("integrations:create")}
      to={`${space.path}/integrations/new`}
      leftSection={<IconPlus size={16} aria-hidden />}
    >
      New integration
    </PermittedButton>
  );
}

const keyOf = (row: Row) => row.one.id;

interface ListProps {
  list: Integration[];
  today: TodaysCounters | undefined;
  onMissing: () => void;
}

function IntegrationList({ list, today, onMissing }: ListProps) {
  const space = useSpace();
  useMissing(list, today?.counters, onMissing);
  const [text, setText] = useUrlState("q");
  const [products, setProducts] = useUrlState("product");
  const [states, setStates] = useUrlState("state");
  const [sorted, setSorted] = useUrlState("sort", "name");
  const [open, setOpen] = useUrlState("open", "", true);
  const [refreshed, setRefreshed] = useState(0);
  const sort = useMemo(() => parseSort(sorted), [sorted]);
  const searched = useDeferredValue(text);

  const on = space.kind === "product" ? space.slug : undefined;
  const rows = useMemo(() => rowsOf(list, on), [list, on]);
  // Arranged by the numbers of this moment; later numbers do not change it, other integrations do.
  const now = useRef({ rows, today });
  now.current = { rows, today };
  const first = today !== undefined;
  const members = useMemo(() => list.map((one) => `${one.id}.${one.version}`).join(), [list]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above; and a wish to arrange anew counts too.
  const arranged = useMemo(() => {
    const filter = { text: searched, products: fromList(products), states: fromList(states) };
    return { ids: arrange(now.current.rows, filter, sort, now.current.today).map(keyOf), at: new Date() };
  }, [members, searched, products, states, sort, refreshed, first]);
  const shown = useMemo(() => {
    const byId = new Map(rows.map((row) => [row.one.id, row]));
    return arranged.ids.flatMap((id) => byId.get(id) ?? []);
  }, [rows, arranged]);

  const counts = useMemo(() => countStates(rows, today), [rows, today]);
  const columns = useColumns(today);
  const clear = () => {
    setText("");
    setProducts("");
    setStates("");
  };
  const live = isLive(sort) || states !== "";
  return (
    <Stack gap="sm" className={classes.page}>
      <Filters
        text={text}
        onText={setText}
        products={space.kind === "organization" ? fromList(products) : null}
        onProducts={(slugs) => setProducts(slugs.join(","))}
        states={fromList(states)}
        onStates={(next) => setStates(next.join(","))}
        sort={sort}
        onSort={(next) => setSorted(sortText(next))}
        list={list}
        counts={counts}
        columns={columns}
      />
      <Group justify="space-between" gap="xs" mih={26}>
        <Text size="sm" c="dimmed" role="status" className="tabular">
          {shown.length === list.length
            ? plural(list.length, "integration")
            : `${formatCount(shown.length)} of ${plural(list.length, "integration")}`}
        </Text>
        {live && (
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            leftSection={<IconRefresh size={13} aria-hidden />}
            onClick={() => setRefreshed(refreshed + 1)}
          >
            Order of {arranged.at.toLocaleTimeString()}, arrange again
          </Button>
        )}
      </Group>
      {shown.length === 0 ? (
        <Empty
          title="Nothing fits"
          action={
            <Button variant="default" onClick={clear}>
              Show all
            </Button>
          }
        >
          No integration here has that name, event or URL with the products and states chosen.
        </Empty>
      ) : (
        <VirtualTable
          label="Integrations"
          rows={shown}
          columns={columns}
          keyOf={keyOf}
          rowHeight={54}
          compactHeight={88}
          compactBelow={760}
          compactClass={classes.card}
          sort={sort}
          onSort={(next) => setSorted(sortText(next))}
          expansion={{
            open: open === "" ? null : open,
            onToggle: (key) => setOpen(key === open ? "" : key),
            nameOf: (row) => row.name,
            render: (row) => <OpenRow id={row.one.id} name={row.name} />,
            height: 262,
          }}
        />
      )}
    </Stack>
  );
}

// Numbers of an integration that the list does not have: somebody made it meanwhile. Each is asked after once.
function useMissing(list: Integration[], counters: { [id: string]: unknown } | undefined, onMissing: () => void) {
  const asked = useRef(new Set<string>());
  useEffect(() => {
    const known = new Set(list.map((one) => one.id));
    const missing = Object.keys(counters ?? {}).filter((id) => !known.has(id) && !asked.current.has(id));
    if (missing.length === 0) return;
    for (const id of missing) asked.current.add(id);
    onMissing();
  }, [list, counters, onMissing]);
}
