// Device code that fires an integration and hears what came of it. Pure.
import type { IntegrationDetail } from "../../../api/types";
import { nameOf } from "../../../lib/integration";

export function firmwareOf(one: IntegrationDetail): string {
  const name = eventName(one);
  const topics = [
    { handler: "onResponse", topic: topicOf(one.responseTopic, name) },
    { handler: "onError", topic: topicOf(one.errorResponseTopic, name) },
  ].filter((each): each is { handler: string; topic: string } => each.topic !== null);
  const handlers = topics.map(
    ({ handler }) => `void ${handler}(const char *event, const char *data) {
    Log.${handler === "onError" ? "error" : "info"}("%s: %s", event, data ? data : "");
}
`,
  );
  const subscribes = topics.map(({ handler, topic }) => `    Particle.subscribe(${topic}, ${handler});`);
  return `// Fires the integration ${cString(oneLine(nameOf(one)))}${topics.length > 0 ? ", and logs what comes back" : ""}.
#include "Particle.h"

SYSTEM_MODE(AUTOMATIC);
SYSTEM_THREAD(ENABLED);

SerialLogHandler logHandler(LOG_LEVEL_INFO);

${handlers.length > 0 && !one.unchunked ? "// An answer longer than 512 bytes comes in parts: their events end with /0, /1 and so on.\n" : ""}${handlers.join("\n")}
void setup() {
${subscribes.join("\n")}
}

void loop() {
    static unsigned long last = 0;
    if (Particle.connected() && (last == 0 || millis() - last >= 60000)) {
        last = millis();
        Particle.publish(${cString(name)}, ${cString(dataOf(one))});
    }
}
`;
}

// It fires on names that begin with its event; one that is a folder gets something behind it.
function eventName(one: IntegrationDetail): string {
  return one.event.endsWith("/") ? `${one.event}example` : one.event;
}

// The expression for a topic, up to the first part that only the server knows; null for none.
function topicOf(template: string | undefined, name: string): string | null {
  if (template === undefined || template === "") return null;
  const parts: string[] = [];
  let text = "";
  const flush = () => {
    if (text !== "") parts.push(cString(text));
    text = "";
  };
  for (const piece of template.split(/(\{\{\{?[^{}]*\}?\}\})/)) {
    const variable = /^\{\{\{?\s*([^{}]*?)\s*\}\}\}?$/.exec(piece)?.[1];
    if (variable === undefined) text += piece;
    else if (variable === "PARTICLE_EVENT_NAME") text += name;
    else if (variable === "PARTICLE_DEVICE_ID") {
      flush();
      parts.push("System.deviceID()");
    } else break;
  }
  flush();
  return parts.length === 0 ? null : parts.join(" + ");
}

// What was published last, if it is short; else the variables that the templates name.
function dataOf(one: IntegrationDetail): string {
  const last = [...one.logs, ...one.errors].find((entry) => entry.event?.data)?.event?.data;
  if (last && last.length <= 240 && last !== "test-event") return last;
  const names = variablesOf(one);
  if (names.length === 0) return "test-event";
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, "1"])));
}

function variablesOf(one: IntegrationDetail): string[] {
  const { url, json, form, body, query, headers, secrets = [] } = one;
  const text = JSON.stringify([url, json, form, body, query, headers]);
  const names = new Set<string>();
  for (const [, name] of text.matchAll(/\{\{\{?\s*([A-Za-z_]\w*)\s*\}?\}\}/g)) {
    if (name !== undefined && !/^(PARTICLE_|PRODUCT_|SECRET)/.test(name) && !secrets.includes(name)) names.add(name);
  }
  return [...names];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}
function cString(text: string): string {
  const escaped = text
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("\r", "\\r")
    .replaceAll("\n", "\\n")
    .replaceAll("\t", "\\t");
  return `"${escaped}"`;
}
