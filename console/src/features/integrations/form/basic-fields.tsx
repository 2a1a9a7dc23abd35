// What every webhook has: what fires it, where it goes, how, and where it runs.
import { Group, Input, NativeSelect, SegmentedControl, Select, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { get } from "../../../api/client";
import type { Device, Product } from "../../../api/types";
import classes from "./form.module.css";
import { useFields } from "./form-state";
import { ProductsField } from "./products-field";
import { computedName, type Format, kRequestTypes, newPair } from "./settings-model";
import { TemplateInput } from "./template-input";
import { FieldWarning } from "./warning-parts";

const kFormats: { value: Format; label: string }[] = [
  { value: "default", label: "Default" },
  { value: "json", label: "JSON" },
  { value: "form", label: "Form" },
  { value: "body", label: "Custom body" },
];

export function BasicFields({ products }: { products: Product[] | null }) {
  const { form, readOnly, error } = useFields();
  const { draft, set } = form;
  const text = (field: "name" | "event") => ({
    value: draft[field],
    onChange: (event: { currentTarget: HTMLInputElement }) => set({ [field]: event.currentTarget.value }),
    error: error(field),
    readOnly,
    "data-field": field,
    autoComplete: "off",
  });
  return (
    <Stack gap="md">
      <div className={classes.row}>
        <TextInput
          label="Name"
          description="Left empty: its event and host."
          placeholder={computedName(draft.event || "event", draft.url)}
          {...text("name")}
        />
        <div className={classes.warned}>
          <TextInput
            label="Event name"
            description="Fires on names that begin with it."
            placeholder="temperature/"
            spellCheck={false}
            {...text("event")}
          />
          <FieldWarning field="event" />
        </div>
      </div>
      <TemplateInput
        label="URL"
        field="url"
        what="URL"
        placeholder="https://"
        inputMode="url"
        value={draft.url}
        onChange={(url) => set({ url })}
      />
      <div className={classes.row}>
        <Choice
          label="Request type"
          field="requestType"
          data={kRequestTypes.map((type) => ({ value: type, label: type }))}
          value={draft.requestType}
          onChange={(requestType) => set({ requestType })}
        />
        <Choice
          label="Request format"
          field="format"
          data={kFormats}
          value={draft.format}
          onChange={(format) => set(formatPatch(format, draft))}
        />
        {readOnly ? (
          <TextInput label="Status" value={draft.disabled ? "Disabled" : "Enabled"} readOnly />
        ) : (
          <Input.Wrapper label="Status" labelElement="div">
            <Group>
              <SegmentedControl
                aria-label="Status"
                data={["Enabled", "Disabled"]}
                value={draft.disabled ? "Disabled" : "Enabled"}
                onChange={(value) => set({ disabled: value === "Disabled" })}
              />
            </Group>
          </Input.Wrapper>
        )}
      </div>
      {form.scope === "sandbox" && <DeviceField />}
      {products !== null && <ProductsField products={products} />}
      {["name", "requestType", "disabled", "deviceID", "product_ids"].map((field) => (
        <FieldWarning key={field} field={field} />
      ))}
    </Stack>
  );
}

// What is only shown stays readable: no greyed-out choice.
function Choice<T extends string>({
  label,
  field,
  data,
  value,
  onChange,
}: {
  label: string;
  field: string;
  data: { value: T; label: string }[];
  value: T;
  onChange: (value: T) => void;
}) {
  const { readOnly, error } = useFields();
  if (readOnly)
    return <TextInput label={label} value={data.find((one) => one.value === value)?.label ?? value} readOnly />;
  return (
    <NativeSelect
      label={label}
      data={data}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value as T)}
      error={error(field)}
      data-field={field}
    />
  );
}

// A format that is chosen for the first time starts with something to change.
function formatPatch(format: Format, draft: { json: { text: string }; form: unknown[]; body: string }) {
  if (format === "json" && draft.json.text === "") return { format, json: { text: "{}", asText: false } };
  if (format === "form" && draft.form.length === 0) return { format, form: [newPair()] };
  return { format };
}
function DeviceField() {
  const { form, readOnly, error } = useFields();
  const { draft, set } = form;
  const query = useQuery({
    queryKey: ["sandbox-device-names"],
    queryFn: async ({ signal }) => {
      const answer = await get<Device[] | { devices: Device[] }>("/v1/devices", signal);
      return Array.isArray(answer) ? answer : answer.devices;
    },
    staleTime: 60_000,
  });
  const devices = query.data ?? [];
  const data = devices.map((one) => ({ value: one.id, label: one.name === null ? one.id : `${one.name} (${one.id})` }));
  if (draft.deviceID !== "" && !devices.some((one) => one.id === draft.deviceID)) {
    data.push({ value: draft.deviceID, label: draft.deviceID });
  }
  return (
    <Select
      label="Device"
      description="Only events of this device fire it."
      placeholder="Any"
      data={data}
      searchable
      clearable
      clearButtonProps={{ "aria-label": "Any device" }}
      nothingFoundMessage="You have no such device"
      value={draft.deviceID === "" ? null : draft.deviceID}
      onChange={(value) => set({ deviceID: value ?? "" })}
      error={error("deviceID")}
      readOnly={readOnly}
      data-field="deviceID"
    />
  );
}
