// The form of an integration: builder and JSON on the left, what it would send on the right, and what one can do below.
import { Alert, Divider, Paper, Stack, Tabs, Text, Tooltip } from "@mantine/core";
import { type ReactNode, useEffect, useRef, useState } from "react";
import type { IntegrationDetail, Product, Warning } from "../../../api/types";
import { useSpace } from "../../../app/space";
import { useUrlState } from "../../../lib/url-state";
import { ErrorPanel } from "../../../ui/error-panel";
import { BasicFields } from "./basic-fields";
import { CustomTab, KeptNote } from "./custom-tab";
import { DataFields } from "./data-fields";
import { ExtraSettings } from "./extra-settings";
import { focusFirstError } from "./focus-error";
import classes from "./form.module.css";
import { FieldsProvider, isShown, type SettingsForm } from "./form-state";
import { splitWarnings } from "./form-warnings";
import { PreviewPanel, type SavedSettings } from "./preview-panel";
import { useNames } from "./use-names";
import { HiddenNote, WarningList } from "./warning-parts";

export function FormFrame({
  form,
  saved,
  detail,
  products,
  readOnly = false,
  banner,
  actions,
  below,
  attempt,
}: {
  form: SettingsForm;
  saved: SavedSettings | null;
  detail: IntegrationDetail | null;
  products: Product[] | null; // to choose from; null: the space has none
  readOnly?: boolean;
  banner?: ReactNode;
  actions: ReactNode;
  below?: ReactNode;
  attempt: number; // how often saving was tried: each shows the first error
}) {
  const space = useSpace();
  const names = useNames(space, form, saved);
  const [previewed, setPreviewed] = useState<readonly Warning[] | null>(null);
  const warnings = previewed ?? detail?.warnings ?? [];
  const [tab, setTab] = useUrlState("tab", "builder");
  const box = useRef<HTMLFormElement>(null);
  const { errors, blocked } = form;
  // JSON that no fields can show is mended where it stands.
  const shown = blocked !== null ? "custom" : tab;

  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each try, with the errors as they are then.
  useEffect(() => {
    if (attempt === 0 || box.current === null) return;
    if (blocked === null && Object.keys(errors).length > 0 && tab !== "builder") setTab("builder");
    const at = box.current;
    const timer = window.setTimeout(() => focusFirstError(at, blocked === null ? errors : { settings: blocked }), 60);
    return () => window.clearTimeout(timer);
  }, [attempt]);

  return (
    <FieldsProvider value={{ form, readOnly, names, warnings }}>
      <div className={classes.columns}>
        <form ref={box} onSubmit={(event) => event.preventDefault()} aria-label="Integration" noValidate>
          <Stack gap="md">
            {banner}
            <HiddenNote settings={form.settings} />
            {form.problem !== null && <ErrorPanel error={form.problem} />}
            <Paper withBorder style={{ background: "var(--panel)", borderColor: "var(--line)" }}>
              <Tabs value={shown} onChange={(value) => setTab(value ?? "builder")} keepMounted={false}>
                <Tabs.List px="md" pt={6}>
                  <Tooltip label={blocked} disabled={blocked === null} multiline maw={360}>
                    <Tabs.Tab value="builder" disabled={blocked !== null} aria-describedby="builder-reason">
                      Webhook builder
                    </Tabs.Tab>
                  </Tooltip>
                  <Tabs.Tab value="custom">Custom template</Tabs.Tab>
                </Tabs.List>
                <div id="builder-reason">
                  {blocked !== null && (
                    <Text size="xs" c="dimmed" px="md" pt="xs">
                      The webhook builder comes back when the JSON is in order.
                    </Text>
                  )}
                </div>
                <Tabs.Panel value="builder">
                  <Stack gap="md" p="md">
                    <BasicFields products={products} />
                    <DataFields />
                    <KeptNote />
                    <WarningList warnings={splitWarnings(warnings, isShown).others} />
                  </Stack>
                  <Divider color="var(--line)" />
                  <ExtraSettings />
                </Tabs.Panel>
                <Tabs.Panel value="custom" p="md">
                  <CustomTab />
                </Tabs.Panel>
              </Tabs>
            </Paper>
            {below}
          </Stack>
          <div className={classes.bar}>{actions}</div>
        </form>
        <div className={classes.aside}>
          <PreviewPanel
            saved={saved}
            detail={detail}
            products={products ?? detail?.products?.map(asProduct) ?? null}
            onWarnings={setPreviewed}
          />
        </div>
      </div>
    </FieldsProvider>
  );
}

function asProduct(placement: { id: number; name?: string; slug?: string }): Product {
  return { id: placement.id, name: placement.name ?? String(placement.id), slug: placement.slug ?? "" } as Product;
}

export function Notice({ title, children, color = "blue" }: { title: string; children: ReactNode; color?: string }) {
  return (
    <Alert color={color} title={title} role="status">
      {children}
    </Alert>
  );
}
