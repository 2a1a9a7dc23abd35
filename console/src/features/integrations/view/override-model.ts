// What one product sets differently, as the fields of a dialog. Pure.
import type { Override } from "../../../api/types";
import { type OAuth2Draft, oauth2DraftOf, oauth2ValueOf } from "../form/oauth2-model";

export interface HeaderRow {
  name: string;
  value: string;
  removed: boolean; // the product does not send this header
}
export interface OverrideDraft {
  url: string; // "": as shared
  headers: HeaderRow[];
  auth: "" | "basic" | "bearer" | "oauth2"; // "": as shared
  username: string;
  password: string;
  bearer: string;
  oauth2: OAuth2Draft;
  signing: string[]; // []: as shared
  disabled: "" | "true" | "false";
  policy: "" | "durable" | "particle";
  others: Override; // what the dialog has no field for, kept as it is
}

export function draftOf(override: Override | undefined): OverrideDraft {
  const { url, headers, auth, signing, disabled, policy, ...others } = override ?? {};
  return {
    url: url ?? "",
    headers: Object.entries(headers ?? {}).map(([name, value]) => ({
      name,
      value: value ?? "",
      removed: value === null,
    })),
    auth: auth === undefined ? "" : auth.oauth2 ? "oauth2" : auth.bearer ? "bearer" : "basic",
    username: auth?.username ?? "",
    password: auth?.password ?? "",
    bearer: auth?.bearer ?? "",
    oauth2: oauth2DraftOf(auth?.oauth2),
    signing: signing?.secrets ?? [],
    disabled: disabled === undefined ? "" : disabled ? "true" : "false",
    policy: policy ?? "",
    others,
  };
}

// null: nothing differs.
export function overrideOf(draft: OverrideDraft): Override | null {
  const override: Override = { ...draft.others };
  const url = draft.url.trim();
  if (url !== "") override.url = url;
  const headers = draft.headers.filter((row) => row.name.trim() !== "");
  if (headers.length > 0) {
    override.headers = Object.fromEntries(headers.map((row) => [row.name.trim(), row.removed ? null : row.value]));
  }
  if (draft.auth === "oauth2") {
    // It goes over the shared one member by member: what is empty here is said, so that it is empty there.
    const { scope, audience } = draft.oauth2;
    override.auth = { oauth2: { ...oauth2ValueOf(draft.oauth2), scope, audience } };
  }
  if (draft.auth === "bearer") override.auth = { bearer: draft.bearer };
  if (draft.auth === "basic") override.auth = { username: draft.username, password: draft.password };
  if (draft.signing.length > 0) override.signing = { secrets: draft.signing };
  if (draft.disabled !== "") override.disabled = draft.disabled === "true";
  if (draft.policy !== "") override.policy = draft.policy;
  return Object.keys(override).length === 0 ? null : override;
}
