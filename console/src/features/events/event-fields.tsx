// What an event is made of, to be typed: for publishing one, and for asking what it would do.
import { Autocomplete, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { get, segment } from "../../api/client";
import type { TypedEvent } from "../../api/events";
import { useProducts } from "../../api/products";
import type { Device } from "../../api/types";
import { useSpace } from "../../app/space";
import { isDeviceId, type LiveEvent } from "./event";

export interface FieldErrors {
  product?: string;
  name?: string;
  data?: string;
  device?: string;
}

export function typedEvent(event: LiveEvent | null): TypedEvent {
  if (event === null) return { product: "", name: "", data: "", device: "" };
  return {
    product: event.product === null ? "" : String(event.product),
    name: event.name,
    data: event.data ?? "",
    device: isDeviceId(event.from) ? event.from : "",
  };
}

export function EventFields({
  value,
  onChange,
  errors,
  deviceLabel,
}: {
  value: TypedEvent;
  onChange: (value: TypedEvent) => void;
  errors: FieldErrors;
  deviceLabel: string;
}) {
  const space = useSpace();
  const products = useProducts(space);
  const set = (change: Partial<TypedEvent>) => onChange({ ...value, ...change });
  return (
    <Stack gap="sm">
      {space.kind === "organization" && (
        <Select
          label="Product"
          placeholder="Choose a product"
          data={(products.data ?? []).map((one) => ({ value: String(one.id), label: one.name }))}
          value={value.product === "" ? null : value.product}
          onChange={(product) => set({ product: product ?? "", device: "" })}
          searchable
          nothingFoundMessage="No product is called so"
          error={errors.product}
        />
      )}
      <TextInput
        label="Event name"
        placeholder="temperature/cellar"
        value={value.name}
        maxLength={64}
        error={errors.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
        data-autofocus
      />
      <Textarea
        label="Data"
        placeholder='{"value": 7.6}'
        autosize
        minRows={3}
        maxRows={12}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.85rem" } }}
        value={value.data}
        error={errors.data}
        onChange={(event) => set({ data: event.currentTarget.value })}
      />
      {space.kind !== "sandbox" && (
        <DeviceField
          label={deviceLabel}
          product={space.kind === "product" ? space.slug : value.product}
          value={value.device}
          error={errors.device}
          onChange={(device) => set({ device })}
        />
      )}
    </Stack>
  );
}

// Any id can be typed; the devices of the product are offered.
function DeviceField({
  label,
  product,
  value,
  error,
  onChange,
}: {
  label: string;
  product: string;
  value: string;
  error?: string;
  onChange: (device: string) => void;
}) {
  const [asked] = useDebouncedValue(value, 200);
  const found = useQuery({
    queryKey: ["devices", `/v1/products/${product}`, "ids", asked],
    queryFn: ({ signal }) =>
      get<{ devices: Device[] }>(
        `/v1/products/${segment(product)}/devices?perPage=8&deviceId=${segment(asked)}`,
        signal,
      ).then((answer) => answer.devices),
    enabled: product !== "",
    placeholderData: (before) => before,
  });
  return (
    <Autocomplete
      label={label}
      description="Its id. Left empty, the event comes from the API."
      placeholder="e00fce68…"
      data={(found.data ?? []).map((one) => one.id)}
      filter={({ options }) => options}
      renderOption={({ option }) => (
        <span className="mono">
          {option.value}
          {found.data?.find((one) => one.id === option.value)?.name &&
            ` · ${found.data.find((one) => one.id === option.value)?.name}`}
        </span>
      )}
      value={value}
      error={error}
      onChange={onChange}
    />
  );
}
