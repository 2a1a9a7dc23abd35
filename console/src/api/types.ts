// The shapes that the API takes and gives, by the names that the console uses for them. They come from /openapi.json
// (schema.gen.ts, made by `npm run types`); what stands here in full is only what that leaves open.
import type { components } from "./schema.gen";

type Schemas = components["schemas"];
type Open<T, K extends keyof T> = Omit<T, K>;

export type Role = Schemas["RoleName"];
export type Plan = Schemas["Plan"];
export type GroupIdentical = Schemas["GroupIdentical"];
export type Health = Schemas["Health"];
export type PauseMode = Schemas["Paused"]["mode"];

export type Session = Schemas["Session"];
export type Permission = Schemas["SessionPermission"];
export type SessionOrganization = Schemas["SessionOrganization"];
export type SessionProduct = Schemas["SessionProduct"];
export type AccessToken = Schemas["AccessToken"];

export type Counts = Schemas["Counts"];
export type DayCounts = Schemas["DayCounts"];
export type HourCounts = Schemas["HourCounts"];
export type ListCounters = NonNullable<Schemas["IntegrationCounters"]["counters"]>[string];

// What templates and configurations may hold: the description says "unknown" there.
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };
interface Templates {
  json?: string | JsonObject;
  responseTemplate?: string | JsonObject;
}
type WithoutNull<T> = { [K in keyof T]: Exclude<T[K], null> };

// What is set of an integration, as a person sends it: a name and a device may be none.
export type IntegrationSettings = WithoutNull<
  Open<
    Schemas["IntegrationSettings"],
    "product_ids" | "version" | "event" | "name" | "deviceID" | "auth" | "parameters" | keyof Templates
  >
> &
  Templates & {
    event: string;
    name?: string | null;
    deviceID?: string | null;
    auth?: { username?: string; password?: string; bearer?: string; oauth2?: JsonObject };
    parameters?: Json[];
  };

export type Changes = { [field: string]: { from: Json; to: Json } };
export type Paused = Schemas["Paused"];
export type Override = Open<Schemas["OverrideSettings"], "auth"> & Pick<IntegrationSettings, "auth">;
export type Effective = Open<Schemas["EffectiveConfiguration"], "configuration"> & {
  configuration: IntegrationSettings;
};
// An integration on one product. The last four members are in details on an organization's path only.
export type Placement = Open<Schemas["PlacementDetail"], "override" | "effective"> & {
  override?: Override;
  effective?: Effective;
};
export type Staged = Open<Schemas["Staged"], "changes"> & { changes: Changes };

interface IntegrationParts {
  products?: Placement[];
  staged?: Staged;
}
type Shown<T> = Open<T, keyof T & (keyof Templates | keyof IntegrationParts | keyof IntegrationSettings)> &
  IntegrationSettings &
  IntegrationParts;
// A row of a list; everything of it; the answer to creating and editing.
export type Integration = Shown<Schemas["Integration"]>;
export type IntegrationDetail = Shown<Open<Schemas["IntegrationDetail"], "effective">> & { effective?: Effective };
export type SavedIntegration = Integration & Pick<Schemas["IntegrationCreated"], "joined" | "warnings">;

export type Warning = Schemas["Warning"];
export type LogEntry = Schemas["LogEntry"];
export type VersionSummary = Open<Schemas["Version"], "changes"> & { changes: Changes };
export type VersionDetail = Open<Schemas["VersionDetail"], "changes" | "configuration" | "overrides"> & {
  changes: Changes;
  configuration: IntegrationSettings;
  overrides: { [product: string]: Override };
};
export type Preview = Schemas["Preview"];
export type Explanation = Schemas["Explanation"];
export type Explained = Schemas["Explanations"];

export type Organization = Schemas["Organization"];
export type Product = Schemas["Product"];
export type Device = Schemas["Device"];
export type DeviceGroup = Schemas["DeviceGroup"];
export type TeamMember = Schemas["TeamMember"];
export type Invited = Schemas["Invited"];
export type Invitation = Schemas["Invitation"];
export type ApiUser = Schemas["ApiUser"];
export type Secret = Schemas["Secret"];
export type SecretAnswer = Schemas["SecretAnswer"];
export type SecretNew = Schemas["SecretNew"];
export type SecretChange = Schemas["SecretChange"];
export type Variables = Schemas["Variables"]["variables"];
export type AuditEntry = Open<Schemas["AuditEntry"], "changes"> & { changes: Changes };

export type Lane = Schemas["Lane"];
export type Instance = Schemas["Instance"];
export type InstanceUser = Schemas["InstanceUser"];
