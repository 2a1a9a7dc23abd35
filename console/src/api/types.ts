// The shapes that the API takes and gives, by the names that the console uses for them.

export type Role = "View-only" | "Support" | "Developer" | "Administrator" | "Owner";
export type Plan = "free" | "basic" | "plus" | "enterprise";
export type GroupIdentical = "auto" | "suggest" | "off";
export type Health = "healthy" | "failing" | "quiet";
export type PauseMode = "hold" | "skip";

export interface Permission {
  name: string;
  role: Role | null;
  of_owner: boolean;
  for_oneself: boolean;
  sentence: string;
}
export interface SessionOrganization {
  id: string;
  slug: string;
  name: string;
  plan: Plan;
  role: Role;
  group_identical: GroupIdentical;
}
export interface SessionProduct {
  id: number;
  slug: string;
  name: string;
  organization: string | null;
  role: Role;
}
export interface Session {
  user: { id: string; username: string; name: string | null; administrator: boolean };
  csrf: string | null;
  expires_at: string | null;
  idle_expires_at: string | null;
  version: string;
  permissions: Permission[];
  organizations: SessionOrganization[];
  products: SessionProduct[];
}

export interface AccessToken {
  id: string;
  kind: "session" | "token";
  client: string;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  current: boolean;
}

export interface Counts {
  success: number;
  error: number;
  sleep: number;
}
export interface DayCounts extends Counts {
  date: string;
}
export interface HourCounts extends Counts {
  time: string;
}

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

// What is set of an integration: the members that are sent and stored.
export interface IntegrationSettings {
  integration_type?: string;
  event: string;
  name?: string | null;
  disabled?: boolean;
  deviceID?: string | null;
  policy?: "durable" | "particle";
  url?: string;
  requestType?: "GET" | "POST" | "PUT" | "DELETE";
  json?: JsonObject | string;
  form?: { [name: string]: string };
  body?: string;
  query?: { [name: string]: string };
  headers?: { [name: string]: string };
  auth?: { username?: string; password?: string };
  noDefaults?: boolean;
  rejectUnauthorized?: boolean;
  responseTopic?: string;
  errorResponseTopic?: string;
  responseTemplate?: string | JsonObject;
  unchunked?: boolean;
  dataUrlResponseEvent?: boolean;
  template?: string;
  secrets?: string[];
  parameters?: Json[];
}

export interface Paused {
  mode: PauseMode;
  since: string;
}
export type Override = Partial<Pick<IntegrationSettings, "url" | "auth" | "disabled" | "policy">> & {
  headers?: { [name: string]: string | null };
};
// An integration on one product.
export interface Placement {
  id: number;
  slug?: string;
  name?: string;
  todayCounters?: Counts;
  health?: Health;
  paused?: Paused;
  override?: Override;
  staged_version?: number;
  // Only in the detail of an organization's path:
  removed?: boolean;
  removed_at?: string;
  counters?: DayCounts[];
  effective?: Effective;
}
export interface Effective {
  version: number;
  configuration: IntegrationSettings;
  from: { [field: string]: "staged" | "override" };
}
export type Changes = { [field: string]: { from: Json; to: Json } };
export interface Staged {
  version: number;
  product_ids: number[];
  since: string;
  by: string | null;
  changes: Changes;
  outcomes_min: number;
  error_percent_max?: number;
  outcomes?: { staged: Counts; others: Counts; others_since: string };
}
// A row of a list.
export interface Integration extends IntegrationSettings {
  id: string;
  created_at: string;
  updated_at: string;
  version: number;
  todayCounters: Counts;
  health?: Health;
  // Not in the sandbox:
  shared?: boolean;
  product_ids?: number[];
  products?: Placement[];
  identical_to?: string[];
  staged?: Staged;
  separated_from?: string;
  merged_into?: string;
  closed_at?: string;
  // Sandbox: it has one placement, itself.
  paused?: Paused;
}
export interface LogEntry {
  time: string;
  product_id: number | null;
  event?: { id: string; name: string; data: string | null; published_at: string; coreid: string };
  request: { method: string; url: string; headers: { [name: string]: string }; body: string };
  response: { statusCode: number; headers: { [name: string]: string }; body: string } | null;
  error: string | null;
  attempt: number;
  version: number;
  duration_ms: number;
}
export interface IntegrationDetail extends Integration {
  counters: DayCounts[];
  effective?: Effective; // product paths
  logs: LogEntry[];
  errors: LogEntry[];
}
// The answer to creating and editing.
export interface SavedIntegration extends Integration {
  warnings?: string[];
  joined?: boolean;
}

export interface ListCounters extends Counts {
  health: Health;
  last_error_at: string | null;
}

export interface VersionSummary {
  version: number;
  action: string;
  created_at: string;
  created_by: string | null;
  outcomes: Counts;
  current: boolean;
  changes: Changes;
}
export interface VersionDetail {
  version: number;
  action: string;
  created_at: string;
  created_by: string | null;
  configuration: IntegrationSettings;
  product_ids: number[];
  overrides: { [product: string]: Override };
  against: number;
  changes: Changes;
}

export interface Preview {
  product_id?: number;
  slug?: string;
  name?: string;
  version: number;
  fires: boolean;
  verdict: string;
  why: string;
  request: { method: string; url: string; headers: { [name: string]: string }; body: string } | null;
  error: string | null;
}
export interface Explanation {
  id: string;
  name: string;
  event: string;
  scope: "sandbox" | "product" | "organization";
  shared: boolean;
  version: number;
  verdict: string;
  why: string;
}
export interface Explained {
  event: { name: string; coreid: string };
  fires: Explanation[];
  others: Explanation[];
}

export interface Organization {
  id: string;
  slug: string;
  name: string;
  plan: Plan;
  group_identical: GroupIdentical;
}
export interface Product {
  id: number;
  slug: string;
  name: string;
  description: string;
  platform_id: number;
  groups: string[];
  device_count: number;
  // Of an organization's product:
  org?: string;
  organization_id?: string;
  // Of a user's own:
  user?: string;
}
export interface Device {
  id: string;
  name: string | null;
  owner: string | null;
  last_heard: string | null;
  product_id: number | null;
  groups: string[];
  firmware_version: number | string | null;
  system_firmware_version: string | null;
  development: boolean;
}
export interface DeviceGroup {
  name: string;
  device_count: number;
}
export interface TeamMember {
  _id: string;
  username: string;
  role: { id: string; name: Role | string };
  is_programmatic?: boolean;
  friendly_name?: string;
  scopes?: string[];
}
export interface Secret {
  name: string;
  created_at: string;
  updated_at: string;
  last_accessed_at: string | null;
  integrations: { id: string; name?: string }[];
}
export type Variables = { [name: string]: string };
export interface AuditEntry {
  number: number;
  time: string;
  by: { id: string | null; username: string } | null;
  action: string;
  target: string;
  target_name: string;
  product_ids: number[];
  changes: Changes;
}

export interface Lane {
  organization: { id: string; slug: string; name: string } | null;
  scheme: string;
  host: string;
  port: number;
  in_memory: number;
  in_flight: number;
  waiting: number;
  due_at: string | null;
}
export interface Instance {
  version: string;
  started_at: string;
  ready: boolean;
  troubles: string[];
  connections: number;
  streams: number;
  catalog: { users: number; organizations: number; products: number; devices: number; integrations: number };
  queue: { events: number; ready: number; retry: number; parked: number };
  lanes: Lane[];
  storage: { name: string; bytes: number }[];
  free_bytes: number;
}
export interface InstanceUser {
  id: string;
  username: string;
  name: string | null;
  administrator: boolean;
  created_at: string;
  organizations: number;
  tokens: number;
}
