// Settings to read: each with its name, long ones as text blocks, and where the value comes from where that differs.
import { Badge, Text } from "@mantine/core";
import type { Json, JsonObject } from "../../../api/types";
import { isObject } from "../../../lib/json-text";
import { TextBlock } from "../../../ui/text-block";
import { shownDelivery } from "../form/delivery-model";
import { fieldName } from "./field-names";
import classes from "./settings.module.css";

export type Origin = "staged" | "override";
interface Props {
  label: string;
  settings: JsonObject;
  // By member; what is not named is shared.
  from?: { [field: string]: Origin };
  showFrom?: boolean;
}

const kOrigins = { staged: "Staged edit", override: "Override" };

export function SettingsView({ label, settings, from = {}, showFrom = false }: Props) {
  return (
    <table className={classes.table} aria-label={label}>
      <colgroup>
        <col className={classes.first} />
        <col />
        {showFrom && <col className={classes.last} />}
      </colgroup>
      <thead className="visually-hidden">
        <tr>
          <th scope="col">Setting</th>
          <th scope="col">Value</th>
          {showFrom && <th scope="col">From</th>}
        </tr>
      </thead>
      <tbody>
        {Object.entries(settings).map(([name, value]) => {
          const origin = from[name];
          return (
            <tr key={name}>
              <th scope="row">{fieldName(name)}</th>
              <td>
                <Value name={name} value={value} />
              </td>
              {showFrom && (
                <td className={classes.from}>
                  {origin === undefined ? (
                    <Text span size="xs" c="dimmed">
                      Shared
                    </Text>
                  ) : (
                    <Badge variant="default" radius="sm" size="sm" tt="none">
                      {kOrigins[origin]}
                    </Badge>
                  )}
                </td>
              )}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Value({ name, value }: { name: string; value: Json }) {
  const delivery = shownDelivery(name, value);
  if (delivery !== null) return <span className="mono">{delivery}</span>;
  if (value === null) return <Text c="dimmed">not set</Text>;
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (name === "auth" && isObject(value) && isObject(value.oauth2))
    return <Pairs pairs={{ kind: "OAuth 2", ...value.oauth2 }} />;
  if (name === "headers" || name === "query" || name === "form" || name === "auth") {
    if (isObject(value)) return <Pairs pairs={value} />;
  }
  if (name === "signing" && isObject(value) && Array.isArray(value.secrets)) {
    return <span className="mono">{value.secrets.join(", ")}</span>;
  }
  if (isObject(value) || Array.isArray(value)) {
    if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value.join(", ");
    return <TextBlock text={JSON.stringify(value, null, 2)} label={fieldName(name)} />;
  }
  const text = String(value);
  if (text.includes("\n") || text.length > 120) return <TextBlock text={text} label={fieldName(name)} />;
  return <span className={name === "name" ? undefined : "mono"}>{text}</span>;
}

function Pairs({ pairs }: { pairs: JsonObject }) {
  return (
    <dl className={classes.pairs}>
      {Object.entries(pairs).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="mono">
            {value === null ? "taken away" : typeof value === "string" ? value : JSON.stringify(value)}
          </dd>
        </div>
      ))}
    </dl>
  );
}
