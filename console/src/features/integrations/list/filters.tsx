// What the list shows of all: a text, some products, some states. All of it is in the address.
import { Chip, Group, MultiSelect, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useState } from "react";
import type { Integration } from "../../../api/types";
import { formatCount } from "../../../lib/format";
import type { State } from "../../../lib/integration";
import { IconSearch } from "../../../ui/icons";
import { kStates } from "../../../ui/state-badge";
import type { Column, Sort } from "../../../ui/virtual-table";
import classes from "./list.module.css";
import { kStateOrder, parseSort, type Row, sortText } from "./model";

const kWays: { [column: string]: [up: string, down: string] } = {
  name: ["A to Z", "Z to A"],
  state: ["worst first", "best first"],
};

interface Props {
  text: string;
  onText: (text: string) => void;
  products: string[] | null; // null: there are none to choose
  onProducts: (slugs: string[]) => void;
  states: string[];
  onStates: (states: string[]) => void;
  sort: Sort;
  onSort: (sort: Sort) => void;
  list: Integration[];
  counts: Map<State, number>;
  columns: Column<Row>[];
}

export function Filters(props: Props) {
  const orders = props.columns
    .filter((column) => column.sortable)
    .flatMap((column) => [
      { value: column.id, label: `${column.title}, ${kWays[column.id]?.[0] ?? "fewest first"}` },
      { value: `-${column.id}`, label: `${column.title}, ${kWays[column.id]?.[1] ?? "most first"}` },
    ]);
  return (
    <Group gap="sm" align="center">
      <Search text={props.text} onText={props.onText} />
      {props.products !== null && (
        <MultiSelect
          aria-label="Filter by product"
          placeholder={props.products.length === 0 ? "All products" : undefined}
          data={productsOf(props.list)}
          value={props.products}
          onChange={props.onProducts}
          searchable
          clearable
          limit={100}
          w={{ base: "100%", xs: 240 }}
          nothingFoundMessage="No such product here"
        />
      )}
      <Select
        className={classes.narrow}
        aria-label="Order"
        data={orders}
        value={sortText(props.sort)}
        allowDeselect={false}
        onChange={(value) => value !== null && props.onSort(parseSort(value))}
        w={{ base: "100%", xs: 240 }}
      />
      <Group gap={6} role="group" aria-label="Filter by state">
        <Chip.Group multiple value={props.states} onChange={props.onStates}>
          {kStateOrder.map((state) => {
            const count = props.counts.get(state) ?? 0;
            if (count === 0 && !props.states.includes(state)) return null;
            return (
              <Chip key={state} value={state} size="xs" variant="outline">
                {kStates[state].text} {formatCount(count)}
              </Chip>
            );
          })}
        </Chip.Group>
      </Group>
    </Group>
  );
}

// Typing is seen at once; the address follows when one pauses, since browsers allow it to change only so often.
function Search({ text, onText }: { text: string; onText: (text: string) => void }) {
  const [typed, setTyped] = useState(text);
  const [sent, setSent] = useState(text);
  const send = useDebouncedCallback((next: string) => {
    setSent(next);
    onText(next);
  }, 180);
  // Back, or a cleared filter: the address says something else than was typed here.
  if (text !== sent) {
    setSent(text);
    setTyped(text);
  }
  return (
    <TextInput
      aria-label="Search integrations"
      placeholder="Name, event or URL"
      type="search"
      leftSection={<IconSearch size={16} aria-hidden />}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        send(event.currentTarget.value);
      }}
      w={{ base: "100%", xs: 280 }}
    />
  );
}

function productsOf(list: Integration[]): { value: string; label: string }[] {
  const found = new Map<string, string>();
  for (const one of list) {
    for (const product of one.products ?? []) {
      if (product.slug !== undefined) found.set(product.slug, product.name ?? product.slug);
    }
  }
  return [...found].map(([value, label]) => ({ value, label })).sort((a, b) => a.label.localeCompare(b.label));
}
