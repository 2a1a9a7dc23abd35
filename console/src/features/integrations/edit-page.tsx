// Editing an integration for all of its products. In one product a shared one is shown, but not edited.
import { Button, Group, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { ApiError } from "../../api/client";
import { type EditAnswer, integrationQuery, useEditIntegration, useIntegration } from "../../api/integrations";
import { useProducts } from "../../api/products";
import type { IntegrationDetail, Json, JsonObject, Product } from "../../api/types";
import { useSpace } from "../../app/space";
import { plural } from "../../lib/format";
import { nameOf } from "../../lib/integration";
import { useUnsaved } from "../../lib/unsaved";
import { Page as PageFrame } from "../../ui/page";
import { PermittedButton } from "../../ui/permitted";
import { QueryView } from "../../ui/query-view";
import { toastDone } from "../../ui/toast";
import { lastData, scopeOf } from "./form/answers";
import { type Conflict, ConflictDialog } from "./form/conflict-dialog";
import { FormFrame, Notice } from "./form/form-frame";
import { useSettingsForm } from "./form/form-state";
import { type Saved, SavedDialog, savedOf } from "./form/saved-dialog";
import { canonicalSettings, mergedSettings, sentSettings, settingsOfAnswer } from "./form/settings-model";
import { SharedNotice } from "./form/shared-notice";
import { StageDialog } from "./form/stage-dialog";
import { kStagedNotice, StagedNotice } from "./form/staged-notice";
import { StopDialog, type Stops, stopsOf } from "./form/stop-dialog";
import { useLoaded } from "./form/use-loaded";

export function Page() {
  const space = useSpace();
  const { id = "" } = useParams();
  const query = useIntegration(space, id);
  const loaded = useLoaded(query);
  const [round, setRound] = useState(0);
  const again = () => void query.refetch().then(() => setRound((count) => count + 1));
  const products = useProducts(space);
  const view = `${space.path}/integrations/${id}`;
  const name = query.data === undefined ? "Integration" : nameOf(query.data);
  return (
    <PageFrame
      title={`Edit ${name}`}
      crumbs={[
        { label: "Integrations", to: `${space.path}/integrations` },
        { label: name, to: view },
      ]}
    >
      <QueryView query={loaded}>
        {(detail) =>
          space.kind === "product" && detail.shared ? (
            <SharedView key={detail.id} detail={detail} />
          ) : space.kind === "organization" ? (
            <QueryView query={products}>
              {(found) => <EditForm key={`${detail.id} ${round}`} loaded={detail} products={found} onAgain={again} />}
            </QueryView>
          ) : (
            <EditForm key={`${detail.id} ${round}`} loaded={detail} products={null} onAgain={again} />
          )
        }
      </QueryView>
    </PageFrame>
  );
}

function productsOf(detail: IntegrationDetail): number[] {
  return detail.product_ids ?? [];
}

function SharedView({ detail }: { detail: IntegrationDetail }) {
  const space = useSpace();
  const navigate = useNavigate();
  const [settings] = useState(() => settingsOfAnswer(detail.effective?.configuration ?? detail, scopeOf(space)));
  const form = useSettingsForm(settings, scopeOf(space), null, lastData(detail));
  return (
    <FormFrame
      form={form}
      saved={{ id: detail.id, settings, products: productsOf(detail) }}
      detail={detail}
      products={null}
      readOnly
      banner={<SharedNotice detail={detail} />}
      attempt={0}
      actions={
        <Group justify="flex-end">
          <Button variant="default" onClick={() => navigate(`${space.path}/integrations/${detail.id}`)}>
            Back
          </Button>
        </Group>
      }
    />
  );
}

// Settings and product set as one object, so that a conflict tells of both.
function wholeOf(settings: JsonObject, products: number[] | null): JsonObject {
  return products === null ? settings : { ...settings, product_ids: [...products].sort((a, b) => a - b) };
}

function EditForm({
  loaded,
  products,
  onAgain,
}: {
  loaded: IntegrationDetail;
  products: Product[] | null;
  onAgain: () => void; // the form once more, with what is saved by now
}) {
  const space = useSpace();
  const navigate = useNavigate();
  const client = useQueryClient();
  const scope = scopeOf(space);
  // What the edit began with; later answers of the same query do not touch what is being typed.
  const [base, setBase] = useState(() => loaded);
  const [baseSettings, setBaseSettings] = useState(() => settingsOfAnswer(loaded, scope));
  const form = useSettingsForm(baseSettings, scope, products === null ? null : productsOf(loaded), lastData(loaded));
  const edit = useEditIntegration(space, loaded.id);
  const [attempt, setAttempt] = useState(0);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const [staging, setStaging] = useState(false);
  const [saved, setSaved] = useState<Saved | null>(null);
  const [done, setDone] = useState(false);
  const [stops, setStops] = useState<Stops | null>(null);
  const question = useUnsaved(form.dirty && !done);
  const view = `${space.path}/integrations/${loaded.id}`;
  const running = (loaded.products ?? []).filter((one) => !one.removed);
  const nameOfProduct = (id: number) =>
    products?.find((one) => one.id === id)?.name ?? running.find((one) => one.id === id)?.name ?? `Product ${id}`;

  const leave = (message: string) => {
    setDone(true);
    toastDone(message);
    window.setTimeout(() => navigate(view));
  };
  const showConflict = async () => {
    const theirs = await client.fetchQuery({ ...integrationQuery(space, loaded.id), staleTime: 0 });
    setConflict({
      id: loaded.id,
      version: theirs.version,
      base: wholeOf(canonicalSettings(baseSettings, scope), products === null ? null : productsOf(base)),
      mine: wholeOf(canonicalSettings(form.settings, scope), form.products),
      theirs: wholeOf(
        canonicalSettings(settingsOfAnswer(theirs, scope), scope),
        products === null ? null : productsOf(theirs),
      ),
    });
    setBase(theirs);
  };
  const refused = (problem: unknown): boolean => {
    if (problem instanceof ApiError && problem.code === "version_mismatch") {
      void showConflict().catch(form.refuse);
      return true;
    }
    if (problem instanceof ApiError && problem.code === "version_staged") {
      // The notice above the form says what to do.
      void client.refetchQueries({ queryKey: integrationQuery(space, loaded.id).queryKey }).then(() => {
        document.getElementById(kStagedNotice)?.scrollIntoView({ block: "center" });
      });
      return true;
    }
    form.refuse(problem);
    setAttempt((count) => count + 1);
    return false;
  };
  const onSaved = (title: string) => (answer: EditAnswer) => {
    const told = savedOf(loaded.id, title, answer.warnings);
    if (told === null) return leave(title);
    setDone(true);
    setSaved(told);
  };
  const save = () => {
    setAttempt((count) => count + 1);
    if (!form.validate()) return;
    // Asked anew: the form was opened with what waited then.
    void client
      .fetchQuery({ ...integrationQuery(space, loaded.id), staleTime: 0 })
      .catch(() => loaded)
      .then((now) => {
        const found = stopsOf(now, base, form.draft.disabled, form.products);
        if (found === null) submit();
        else setStops(found);
      });
  };
  const submit = () => {
    const sent = sentSettings(form.settings);
    // A name that is left out would stay.
    const settings = {
      ...sent,
      name: sent.name ?? null,
      ...(form.products === null ? {} : { product_ids: form.products }),
    };
    edit.mutate({ settings, version: base.version, replace: true }, { onSuccess: onSaved("Saved"), onError: refused });
  };
  const staged = loaded.staged !== undefined && loaded.staged !== null;
  const affected = form.products ?? productsOf(loaded);
  const setChanged = JSON.stringify(productsOf(base)) !== JSON.stringify([...affected].sort((a, b) => a - b));
  const may = space.can("integrations:update");
  return (
    <>
      <FormFrame
        form={form}
        saved={{ id: loaded.id, settings: baseSettings, products: productsOf(base) }}
        detail={loaded}
        products={products}
        readOnly={!may.ok}
        attempt={attempt}
        banner={
          <>
            {staged && <StagedNotice detail={loaded} onDone={() => void client.invalidateQueries()} />}
            {running.length > 1 && (
              <Notice title={`The change applies to ${plural(running.length, "product")}`}>
                <Text size="sm">{running.map((one) => one.name ?? one.slug).join(", ")}</Text>
              </Notice>
            )}
          </>
        }
        actions={
          <Group justify="space-between" gap="xs">
            {running.length > 1 ? (
              <PermittedButton
                allowed={staged ? { ok: false, reason: "An edit is being tried already." } : may}
                variant="default"
                disabled={!form.dirty || form.blocked !== null}
                onClick={() => {
                  setAttempt((count) => count + 1);
                  if (form.validate()) setStaging(true);
                }}
              >
                Try on some products first
              </PermittedButton>
            ) : (
              <span />
            )}
            <Group gap="xs" ml="auto">
              <Button variant="default" onClick={() => navigate(view)}>
                Cancel
              </Button>
              <PermittedButton allowed={may} loading={edit.isPending} disabled={!form.dirty} onClick={save}>
                Save
              </PermittedButton>
            </Group>
          </Group>
        }
      />
      {question}
      {conflict !== null && (
        <ConflictDialog
          conflict={conflict}
          show={(path, value) => shownProducts(path, value, nameOfProduct)}
          onClose={() => setConflict(null)}
          onResolve={(joined) => {
            const { product_ids: chosen, ...settings } = joined;
            const { product_ids: _, ...theirs } = conflict.theirs;
            setBaseSettings(theirs);
            form.load(settings, Array.isArray(chosen) ? (chosen as number[]) : undefined);
            setConflict(null);
          }}
        />
      )}
      {staging && (
        <StageDialog
          detail={loaded}
          settings={mergedSettings(baseSettings, form.settings)}
          version={base.version}
          setChanged={setChanged}
          onClose={() => setStaging(false)}
          onStaged={(answer) => {
            setStaging(false);
            onSaved("The edit is being tried")(answer);
          }}
          onRefused={refused}
        />
      )}
      <StopDialog stops={stops} onClose={() => setStops(null)} onConfirm={submit} />
      <SavedDialog saved={saved} onStay={onAgain} onView={() => navigate(view)} />
    </>
  );
}

function shownProducts(
  path: (string | number)[],
  value: Json | undefined,
  name: (id: number) => string,
): string | null {
  if (path[0] !== "product_ids" || !Array.isArray(value)) return null;
  return value.map((id) => name(Number(id))).join(", ");
}
