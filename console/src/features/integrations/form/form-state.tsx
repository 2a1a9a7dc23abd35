// The state of the form of an integration: its fields and its JSON in step, the products, a sample event, and what is
// wrong with it.
import { createContext, use, useCallback, useMemo, useState } from "react";
import { ApiError } from "../../../api/client";
import type { JsonObject, Warning } from "../../../api/types";
import { sameJson } from "../../../lib/json-text";
import type { TemplateName } from "./completions";
import { draftErrors, errorAt, type FieldErrors, memberOfField, serverErrors, tagErrors } from "./form-errors";
import { warningAt } from "./form-warnings";
import { parseSettings } from "./settings-check";
import { type Draft, draftOf, printSettings, type Scope, settingsOf } from "./settings-model";

export interface Sample {
  name: string; // "": the event name of the form
  data: string;
  deviceId: string;
  eventId: string; // of a real past event, instead of the others
}
export interface SettingsForm {
  scope: Scope;
  draft: Draft;
  settings: JsonObject;
  set: (patch: Partial<Draft>) => void;
  // All settings at once.
  load: (settings: JsonObject, products?: number[]) => void;
  // null: the space has none to choose.
  products: number[] | null;
  setProducts: (products: number[]) => void;
  // The JSON editor's text, and why it cannot be shown as fields (null: it can).
  text: string;
  setText: (text: string) => void;
  blocked: string | null;
  sample: Sample;
  setSample: (patch: Partial<Sample>) => void;
  errors: FieldErrors;
  // True when it may be sent. Otherwise what is wrong is shown from now on.
  validate: () => boolean;
  refuse: (problem: unknown) => void;
  // Set where the refusal belongs to no field.
  problem: unknown;
  dirty: boolean;
}

export function useSettingsForm(
  initial: JsonObject,
  scope: Scope,
  initialProducts: number[] | null,
  // Of the last event that was delivered, so that the preview shows something real.
  sampleData = "",
): SettingsForm {
  const [origin] = useState({ settings: initial, products: initialProducts });
  const [draft, setDraft] = useState(() => draftOf(initial));
  const [products, setChosen] = useState(initialProducts);
  // null: what the fields say.
  const [typed, setTyped] = useState<string | null>(null);
  const [blocked, setBlocked] = useState<string | null>(null);
  const [sample, putSample] = useState<Sample>({ name: "", data: sampleData, deviceId: "", eventId: "" });
  const [attempted, setAttempted] = useState(false);
  const [refused, setRefused] = useState<FieldErrors>({});
  const [problem, setProblem] = useState<unknown>(null);

  const settings = useMemo(() => settingsOf(draft), [draft]);
  const own = useMemo(() => draftErrors(draft, products), [draft, products]);

  const set = useCallback((patch: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...patch }));
    setTyped(null);
    setBlocked(null);
    const touched = new Set(
      Object.keys(patch).map((name) => (/^(username|password|bearer|oauth2|authKind)$/.test(name) ? "auth" : name)),
    );
    setRefused((before) => withoutMembers(before, touched));
  }, []);
  const setProducts = useCallback((chosen: number[]) => {
    setChosen(chosen);
    // A variable may be missing on one product only, which is told at the field that uses it.
    setRefused({});
  }, []);
  const setText = useCallback((text: string) => {
    setTyped(text);
    const read = parseSettings(text);
    setBlocked(read.ok ? null : read.reason);
    if (!read.ok) return;
    setDraft(draftOf(read.settings));
    setRefused({});
  }, []);
  const load = useCallback((next: JsonObject, chosen?: number[]) => {
    setDraft(draftOf(next));
    setTyped(null);
    setBlocked(null);
    setRefused({});
    setProblem(null);
    if (chosen !== undefined) setChosen(chosen);
  }, []);
  const setSample = useCallback((patch: Partial<Sample>) => putSample((before) => ({ ...before, ...patch })), []);

  const validate = () => {
    setAttempted(true);
    setProblem(null);
    return blocked === null && Object.keys(own).length === 0;
  };
  const refuse = (problem_: unknown) => {
    const found = problem_ instanceof ApiError ? serverErrors(problem_.violations) : {};
    setRefused(found);
    setProblem(Object.keys(found).length > 0 && Object.keys(found).every(isShown) ? null : problem_);
  };
  // What is merely missing is no error before one tries to save; a broken tag is one at once.
  const errors = useMemo(
    () => ({ ...(attempted ? own : tagErrors(draft)), ...refused }),
    [attempted, own, draft, refused],
  );
  const text = useMemo(() => typed ?? printSettings(settings), [typed, settings]);
  const dirty = useMemo(
    () =>
      blocked !== null ||
      !sameJson(settings, origin.settings) ||
      !sameJson([...(products ?? [])].sort(), [...(origin.products ?? [])].sort()),
    [blocked, settings, origin, products],
  );

  return {
    scope,
    draft,
    settings,
    set,
    load,
    products,
    setProducts,
    text,
    setText,
    blocked,
    sample,
    setSample,
    errors,
    validate,
    refuse,
    problem,
    dirty,
  };
}

// Whether the builder shows it somewhere.
const kShown =
  /^(name|event|url|requestType|disabled|noDefaults|rejectUnauthorized|unchunked|dataUrlResponseEvent|deviceID|policy|json|form|body|query|headers|auth|signing|responseTopic|errorResponseTopic|responseTemplate|secrets|product_ids|timeout|redirects|retryDelays|retryFor|finalStatuses|concurrency|rate|orderPerDevice)(\.|$)/;
export function isShown(field: string): boolean {
  return kShown.test(field);
}
function withoutMembers(errors: FieldErrors, members: Set<string>): FieldErrors {
  return Object.fromEntries(Object.entries(errors).filter(([field]) => !members.has(memberOfField(field))));
}

// What the fields need, so that it is not handed through each of them.
export interface FieldsContext {
  form: SettingsForm;
  readOnly: boolean;
  names: TemplateName[];
  warnings: readonly Warning[];
}
const Context = createContext<FieldsContext | null>(null);
export const FieldsProvider = Context.Provider;
type At = (field: string, shownBelow?: readonly string[]) => string | undefined;
export function useFields(): FieldsContext & { error: At; warning: At } {
  const value = use(Context);
  if (value === null) throw new Error("useFields() outside of a form");
  return {
    ...value,
    error: (field, shownBelow) => errorAt(value.form.errors, field, shownBelow),
    warning: (field, shownBelow) => warningAt(value.warnings, field, shownBelow),
  };
}
