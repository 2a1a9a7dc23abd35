// The exact request that an event would make, as the settings are now. Nothing is sent.
import { Alert, Loader, NativeSelect, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { ApiError, send } from "../../../api/client";
import { type PreviewAnswer, previewIntegration } from "../../../api/integrations";
import type { IntegrationDetail, JsonObject, Product, Warning } from "../../../api/types";
import { type Space, useSpace } from "../../../app/space";
import { Panel } from "../../../ui/panel";
import { EventFields } from "./event-fields";
import { type SettingsForm, useFields } from "./form-state";
import { warningsOfPreview } from "./form-warnings";
import { type PreviewAsked, previewAsked } from "./preview-request";
import { PreviewView } from "./preview-view";

const kWait = 400;
const kEach = "each";
const kEachMax = 20;

function askPreview(space: Space, asked: PreviewAsked): Promise<PreviewAnswer> {
  if (asked.id !== null) return previewIntegration(space, asked.id, asked.body);
  return send<PreviewAnswer>("POST", `${space.api}/integrations/preview`, asked.body);
}

export interface SavedSettings {
  id: string;
  settings: JsonObject;
  products: number[];
}

export function PreviewPanel({
  saved,
  detail,
  products,
  onWarnings,
}: {
  saved: SavedSettings | null;
  detail: IntegrationDetail | null;
  products: Product[] | null;
  // What the server says of the settings as they are now; null: nothing is known of them.
  onWarnings: (warnings: readonly Warning[] | null) => void;
}) {
  const space = useSpace();
  const { form } = useFields();
  const [picked, setPicked] = useState("");
  const chosen = form.products ?? [];
  const one = chosen.includes(Number(picked)) ? Number(picked) : chosen[0];
  const asProducts = form.products === null ? null : picked === kEach ? chosen.slice(0, kEachMax) : one ? [one] : [];
  const asked = useMemo(
    () => JSON.stringify(previewAsked(saved, form.settings, form.sample, asProducts)),
    [saved, form.settings, form.sample, asProducts],
  );
  const [settled] = useDebouncedValue(asked, kWait);
  const wanting = wantingOf(form, asProducts);
  const query = useQuery({
    queryKey: ["preview", space.api, settled],
    queryFn: () => askPreview(space, JSON.parse(settled) as PreviewAsked),
    enabled: wanting === null && settled === asked,
    placeholderData: (before) => before,
    retry: false,
    gcTime: 30_000,
    refetchOnWindowFocus: false,
  });
  const answer = wanting === null && query.error === null ? query.data : undefined;
  useEffect(() => onWarnings(answer === undefined ? null : warningsOfPreview(answer)), [answer, onWarnings]);
  const names = new Map(products?.map((product) => [product.id, product.name]));
  const busy = wanting === null && (query.isFetching || settled !== asked);
  return (
    <Panel title="Preview" actions={busy ? <Loader size="xs" role="status" aria-label="Rendering" /> : undefined}>
      <Stack gap="sm">
        {chosen.length > 1 && (
          <NativeSelect
            label="As of product"
            size="xs"
            value={picked === kEach ? kEach : String(one ?? "")}
            onChange={(event) => setPicked(event.currentTarget.value)}
            data={[
              ...chosen.map((id) => ({ value: String(id), label: names.get(id) ?? `Product ${id}` })),
              { value: kEach, label: chosen.length > kEachMax ? `The first ${kEachMax}` : "Each of them" },
            ]}
          />
        )}
        <EventFields detail={detail} />
        <div aria-live="polite">
          {wanting !== null ? (
            <Text size="sm" c="dimmed">
              {wanting}
            </Text>
          ) : (
            <Result query={query} />
          )}
        </div>
      </Stack>
    </Panel>
  );
}

function wantingOf(form: SettingsForm, products: number[] | null): string | null {
  if (form.blocked !== null) return "The preview comes back when the JSON is in order.";
  if (form.draft.event === "" || form.draft.url === "") return "Give an event name and a URL to see the request.";
  if (products !== null && products.length === 0) return "Choose a product to see the request.";
  return null;
}

function Result({ query }: { query: { data?: PreviewAnswer; error: unknown; isFetching: boolean } }) {
  const { error, data } = query;
  if (error !== null && error !== undefined && !query.isFetching) {
    // An older server has no route for what is not saved yet.
    if (error instanceof ApiError && (error.status === 405 || error.status === 404)) {
      return (
        <Text size="sm" c="dimmed">
          The preview is there after the first save.
        </Text>
      );
    }
    const away = error instanceof ApiError && (error.status === 0 || error.status >= 500);
    return (
      <Alert color="red" title={away ? "The server cannot be asked now" : "No request can be made of this"} p="sm">
        <Text size="sm">{error instanceof Error ? error.message : String(error)}</Text>
      </Alert>
    );
  }
  if (data === undefined) return null;
  return (
    <Stack gap="md">
      {data.previews.map((preview) => (
        <PreviewView key={preview.product_id ?? 0} preview={preview} named={data.previews.length > 1} />
      ))}
    </Stack>
  );
}
