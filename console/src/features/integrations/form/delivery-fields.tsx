// How the requests are delivered: policy, time-out, redirects, retries, and how much at once. An empty field is the default,
// which stands in it as the placeholder.
import { Fieldset, Radio, Stack, Switch, TagsInput, TextInput } from "@mantine/core";
import { durationText } from "../../../lib/duration";
import { kBounds, kDeliveryDefaults, kStatusKinds, type Redirects } from "./delivery-model";
import classes from "./form.module.css";
import { useFields } from "./form-state";
import type { Policy } from "./settings-model";
import { FieldWarning } from "./warning-parts";

export function DeliveryFields() {
  const { form } = useFields();
  const particle = form.draft.policy === "particle";
  return (
    <Fieldset legend="Delivery" variant="unstyled" className={classes.group}>
      <Stack gap="md">
        <PolicyField />
        <div className={classes.row}>
          <TextField
            field="timeout"
            label="Time-out"
            description="Of one attempt, with its redirects: 1 s to 60 s"
            placeholder={durationText(kDeliveryDefaults.timeout as number)}
          />
          <TextField
            field="retryFor"
            label="Retried for"
            description="Since the first attempt; 0 s: one attempt"
            placeholder={durationText(kDeliveryDefaults.retryFor as number)}
          />
        </div>
        <RetryDelaysField particle={particle} />
        {!particle && <FinalStatusesField />}
        <div className={classes.row}>
          <TextField
            field="concurrency"
            label="Requests at once"
            description="Under way at one destination: 1 to 64"
            placeholder="No bound of its own"
          />
          <TextField
            field="rate"
            label="Requests per second"
            description="To one destination: 0.01 to 10000"
            placeholder="No bound"
          />
        </div>
        <OrderField />
        <RedirectsField />
        {["policy", "retryDelays", "finalStatuses", "orderPerDevice", "redirects"].map((field) => (
          <FieldWarning key={field} field={field} />
        ))}
      </Stack>
    </Fieldset>
  );
}

interface TextProps {
  field: "timeout" | "retryFor" | "concurrency" | "rate";
  label: string;
  description: string;
  placeholder: string;
}
function TextField({ field, label, description, placeholder }: TextProps) {
  const { form, readOnly, error } = useFields();
  return (
    <div className={classes.warned}>
      <TextInput
        label={label}
        description={description}
        placeholder={placeholder}
        inputWrapperOrder={["label", "input", "description", "error"]}
        value={form.draft[field]}
        onChange={(event) => form.set({ [field]: event.currentTarget.value })}
        error={error(field)}
        readOnly={readOnly}
        autoComplete="off"
        data-field={field}
      />
      <FieldWarning field={field} />
    </div>
  );
}

function RetryDelaysField({ particle }: { particle: boolean }) {
  const { form, readOnly, error } = useFields();
  const { retryDelays } = form.draft;
  return (
    <TagsInput
      label="Waits between attempts"
      description={
        particle
          ? "Such as 30 s, 5 min. After the last one it is dropped."
          : "Such as 30 s, 5 min, 1 h. The last one repeats until the time above is over."
      }
      placeholder={
        retryDelays.length > 0 ? undefined : particle ? "30 s, 30 s" : "1 s, doubling to 1 h, each a little varied"
      }
      inputWrapperOrder={["label", "input", "description", "error"]}
      value={retryDelays}
      onChange={(value) => form.set({ retryDelays: value })}
      error={error("retryDelays")}
      readOnly={readOnly}
      splitChars={[",", ";"]}
      maxTags={kBounds.retryDelays.max}
      allowDuplicates
      data-field="retryDelays"
    />
  );
}

function FinalStatusesField() {
  const { form, readOnly, error } = useFields();
  const { finalStatuses } = form.draft;
  const none = finalStatuses !== null && finalStatuses.length === 0;
  return (
    <Stack gap={6}>
      <TagsInput
        label="Final statuses"
        description="End a delivery at once; other failures are tried again. 3xx, 4xx and 5xx are all of a kind."
        placeholder={
          none
            ? "No status is final"
            : finalStatuses === null
              ? (kDeliveryDefaults.finalStatuses as (string | number)[]).join(", ")
              : undefined
        }
        inputWrapperOrder={["label", "input", "description", "error"]}
        data={[...kStatusKinds]}
        value={finalStatuses ?? []}
        onChange={(value) => form.set({ finalStatuses: value.length === 0 ? null : value })}
        error={error("finalStatuses")}
        readOnly={readOnly}
        splitChars={[",", ";", " "]}
        data-field="finalStatuses"
      />
      <Switch
        size="xs"
        label="No status is final"
        checked={none}
        onChange={(event) => form.set({ finalStatuses: event.currentTarget.checked ? [] : null })}
        disabled={readOnly}
      />
    </Stack>
  );
}

function OrderField() {
  const { form, readOnly } = useFields();
  return (
    <Switch
      label="Order of each device"
      description="One request of a device at a time, and its next event only when the one before has ended, retries included. Other devices go on."
      checked={form.draft.orderPerDevice}
      onChange={(event) => form.set({ orderPerDevice: event.currentTarget.checked })}
      disabled={readOnly}
      data-field="orderPerDevice"
    />
  );
}

const kRedirectChoices: { value: Redirects; label: string; description: string }[] = [
  {
    value: "follow",
    label: "Follow",
    description: "At most 5, never from https to http. Credentials do not go to another host.",
  },
  { value: "error", label: "Take as the answer", description: "A redirect is an answer like another." },
];
function RedirectsField() {
  const { form, readOnly, error } = useFields();
  return (
    <Radio.Group
      label="Redirects"
      value={form.draft.redirects}
      onChange={(value) => form.set({ redirects: value as Redirects })}
      error={error("redirects")}
      readOnly={readOnly}
    >
      <Stack gap={8} mt={6}>
        {kRedirectChoices.map((one) => (
          <Radio key={one.value} {...one} disabled={readOnly} data-field="redirects" />
        ))}
      </Stack>
    </Radio.Group>
  );
}

const kPolicies: { value: Policy; label: string; description: string }[] = [
  {
    value: "durable",
    label: "durable",
    description: "Kept on disk and tried again with growing waits; what still fails can be replayed.",
  },
  {
    value: "particle",
    label: "particle",
    description: "Tried at once and after each of the waits below, by default 30 s and 30 s. Then it is dropped.",
  },
];
function PolicyField() {
  const { form, readOnly, error } = useFields();
  return (
    <Radio.Group
      label="Delivery policy"
      value={form.draft.policy}
      onChange={(value) => form.set({ policy: value as Policy })}
      error={error("policy")}
      readOnly={readOnly}
    >
      <Stack gap={8} mt={6}>
        {kPolicies.map((one) => (
          <Radio key={one.value} {...one} disabled={readOnly} data-field="policy" />
        ))}
      </Stack>
    </Radio.Group>
  );
}
