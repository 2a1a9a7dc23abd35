// What is shown of all dead letters. All of it is in the address.
import { Autocomplete, Button, Group, SegmentedControl, Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useIntegrations } from "../../api/integrations";
import { useProducts } from "../../api/products";
import { useSpace } from "../../app/space";
import { isStatus, kErrors, kStatusHint, type LetterFilter } from "../../lib/dead-letters";
import { nameOf } from "../../lib/integration";
import { useTypedUrlState } from "../../lib/typed-url-state";
import { useUrlState } from "../../lib/url-state";
import { IconFilter, IconSearch } from "../../ui/icons";
import { MomentField } from "../../ui/moment-field";

const kMore = ["product", "device", "event", "status", "error", "from", "to"] as const;

export function LetterFilters({ filter, onClear }: { filter: LetterFilter; onClear: () => void }) {
  const [, setReplayed] = useUrlState("replayed", "false");
  const more = kMore.filter((name) => filter[name] !== "").length;
  const [open, setOpen] = useState(more > 0);
  const narrowed = more > 0 || filter.integration !== "" || filter.text !== "";
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <SegmentedControl
          aria-label="Replayed or not"
          data={[
            { value: "false", label: "Not replayed yet" },
            { value: "true", label: "Replayed" },
            { value: "all", label: "All" },
          ]}
          value={filter.replayed}
          onChange={setReplayed}
        />
        <IntegrationField />
        <SearchField />
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
      {open && <MoreFilters />}
    </Stack>
  );
}

function IntegrationField() {
  const space = useSpace();
  const [value, setValue] = useUrlState("integration");
  const list = useIntegrations(space).data ?? [];
  const data = list.map((one) => ({ value: one.id, label: nameOf(one) }));
  if (value !== "" && !list.some((one) => one.id === value)) data.push({ value, label: value });
  return (
    <Select
      aria-label="Integration"
      placeholder="All integrations"
      data={data}
      value={value === "" ? null : value}
      onChange={(next) => setValue(next ?? "")}
      searchable
      clearable
      clearButtonProps={{ "aria-label": "All integrations" }}
      limit={100}
      nothingFoundMessage="No integration is called so"
      w={{ base: "100%", xs: 240 }}
    />
  );
}

function SearchField() {
  const [typed, setTyped] = useTypedUrlState("text");
  return (
    <TextInput
      aria-label="Search in data and reasons"
      placeholder="In the data or the reason"
      type="search"
      leftSection={<IconSearch size={16} aria-hidden />}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      style={{ flex: "1 1 200px" }}
    />
  );
}

function MoreFilters() {
  const space = useSpace();
  const [device, setDevice] = useTypedUrlState("device");
  const [event, setEvent] = useTypedUrlState("event");
  const [status, setStatus] = useTypedUrlState("status");
  const [error, setError] = useUrlState("error");
  const [from, setFrom] = useUrlState("from");
  const [to, setTo] = useUrlState("to");
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="sm" verticalSpacing="xs">
      {space.kind === "organization" && <ProductField />}
      <TextInput
        label="Device"
        placeholder="Its id or name, or api"
        value={device}
        onChange={(typed) => setDevice(typed.currentTarget.value)}
      />
      <TextInput
        label="Event"
        placeholder="Its name begins with"
        value={event}
        onChange={(typed) => setEvent(typed.currentTarget.value)}
      />
      <Autocomplete
        label="Last status"
        placeholder="503, 5xx or none"
        data={["5xx", "4xx", "none"]}
        value={status}
        onChange={setStatus}
        error={status.trim() === "" || isStatus(status.trim()) ? undefined : kStatusHint}
      />
      <Select
        label="Last error"
        placeholder="Any"
        data={kErrors.map((one) => ({ value: one.value, label: one.label }))}
        value={error === "" ? null : error}
        onChange={(next) => setError(next ?? "")}
        clearable
        clearButtonProps={{ "aria-label": "Any error" }}
      />
      <MomentField label="Ended from" value={from} onValue={setFrom} />
      <MomentField label="Ended until" value={to} onValue={setTo} />
    </SimpleGrid>
  );
}

function ProductField() {
  const space = useSpace();
  const [value, setValue] = useUrlState("product");
  const list = useProducts(space).data ?? [];
  const known = list.find((one) => one.slug === value || String(one.id) === value);
  const data = list.map((one) => ({ value: one.slug, label: one.name }));
  if (value !== "" && known === undefined) data.push({ value, label: value });
  return (
    <Select
      label="Product"
      placeholder="All products"
      data={data}
      value={value === "" ? null : (known?.slug ?? value)}
      onChange={(next) => setValue(next ?? "")}
      searchable
      clearable
      clearButtonProps={{ "aria-label": "All products" }}
      limit={100}
      nothingFoundMessage="No product is called so"
    />
  );
}
