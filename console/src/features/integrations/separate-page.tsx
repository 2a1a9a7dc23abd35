// Giving one product settings of its own: a copy of the shared integration, which must differ in something.
import { Button, Group, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import { Navigate, useNavigate, useParams } from "react-router";
import { useIntegration, useSeparateIntegration } from "../../api/integrations";
import type { IntegrationDetail } from "../../api/types";
import { useSpace } from "../../app/space";
import { plural } from "../../lib/format";
import { nameOf } from "../../lib/integration";
import { useUnsaved } from "../../lib/unsaved";
import { waitsOf } from "../../lib/waits";
import { ConfirmDialog } from "../../ui/confirm";
import { Page as PageFrame } from "../../ui/page";
import { Panel } from "../../ui/panel";
import { PermittedButton } from "../../ui/permitted";
import { QueryView } from "../../ui/query-view";
import { toastDone } from "../../ui/toast";
import { lastData, scopeOf } from "./form/answers";
import { DifferencesList } from "./form/differences-list";
import { FormFrame, Notice } from "./form/form-frame";
import { useSettingsForm } from "./form/form-state";
import { type Saved, SavedDialog, savedOf } from "./form/saved-dialog";
import { differencesOf, labelOf } from "./form/settings-diff";
import { canonicalSettings, mergedSettings, settingsOfAnswer } from "./form/settings-model";
import { useLoaded } from "./form/use-loaded";
import { WaitsNote } from "./view/waits-note";

export function Page() {
  const space = useSpace();
  const { id = "" } = useParams();
  const query = useIntegration(space, id);
  const loaded = useLoaded(query);
  const name = query.data === undefined ? "integration" : nameOf(query.data);
  return (
    <PageFrame
      title={`Separate ${name}`}
      crumbs={[
        { label: "Integrations", to: `${space.path}/integrations` },
        { label: name, to: `${space.path}/integrations/${id}` },
      ]}
    >
      <QueryView query={loaded}>
        {(detail) =>
          // One's own already: it is simply edited.
          detail.shared ? (
            <SeparateForm key={detail.id} detail={detail} />
          ) : (
            <Navigate to={`${space.path}/integrations/${id}/edit`} replace />
          )
        }
      </QueryView>
    </PageFrame>
  );
}

function SeparateForm({ detail: loaded }: { detail: IntegrationDetail }) {
  const space = useSpace();
  const navigate = useNavigate();
  const scope = scopeOf(space);
  const [detail] = useState(() => loaded);
  const shared = useMemo(() => settingsOfAnswer(detail, scope), [detail, scope]);
  // As it runs here: an override or a trial of this product goes along.
  const [initial] = useState(() => settingsOfAnswer(detail.effective?.configuration ?? detail, scope));
  const form = useSettingsForm(initial, scope, null, lastData(detail));
  const separate = useSeparateIntegration(space, detail.id);
  const [attempt, setAttempt] = useState(0);
  const [done, setDone] = useState(false);
  const [asks, setAsks] = useState(false);
  const waits = waitsOf(loaded);
  const [saved, setSaved] = useState<Saved | null>(null);
  const question = useUnsaved(form.dirty && !done);
  const differences = useMemo(
    () => differencesOf(canonicalSettings(shared, scope), canonicalSettings(form.settings, scope)),
    [shared, form.settings, scope],
  );
  const others = (detail.products ?? []).filter((one) => one.id !== space.product?.id);
  const permitted = space.can("integrations:separate");
  const allowed =
    permitted.ok && differences.length === 0
      ? { ok: false, reason: "Change at least one field first. Another name is enough." }
      : permitted;

  const go = (id: string) => window.setTimeout(() => navigate(`${space.path}/integrations/${id}`));
  const save = () => {
    setAttempt((count) => count + 1);
    if (!form.validate()) return;
    if (waits.waiting > 0) setAsks(true);
    else submit();
  };
  const submit = () => {
    separate.mutate(
      { ...mergedSettings(initial, form.settings), version: detail.version },
      {
        onSuccess: (made) => {
          setDone(true);
          const told = savedOf(made.id, "Separated", made.warnings);
          if (told !== null) return setSaved(told);
          toastDone(`Separated: ${nameOf(made)} belongs to ${space.name} alone`);
          go(made.id);
        },
        onError: (problem) => {
          form.refuse(problem);
          setAttempt((count) => count + 1);
        },
      },
    );
  };
  return (
    <>
      <FormFrame
        form={form}
        saved={{ id: detail.id, settings: initial, products: detail.product_ids ?? [] }}
        detail={detail}
        products={null}
        readOnly={!permitted.ok}
        attempt={attempt}
        banner={
          <Notice title={`A copy for ${space.name} alone`}>
            <Text size="sm">
              {space.name} gets the settings below; {others.map((one) => one.name ?? one.slug).join(", ")}{" "}
              {others.length === 1 ? "keeps" : "keep"} the shared ones. Past numbers stay with the shared integration,
              and at every moment an event of {space.name} fires exactly one of the two.
            </Text>
          </Notice>
        }
        below={
          <Panel title="What differs">
            <div aria-live="polite">
              {differences.length === 0 ? (
                <Text size="sm" c="dimmed">
                  Nothing yet. Change at least one field; another name is enough.
                </Text>
              ) : (
                <>
                  <span className="visually-hidden">{plural(differences.length, "field")}</span>
                  <DifferencesList differences={differences} from="Shared" to={space.name} />
                </>
              )}
            </div>
          </Panel>
        }
        actions={
          <Group justify="flex-end" gap="sm">
            <Text size="xs" c="dimmed" style={{ flex: 1, minWidth: 120 }} lineClamp={2}>
              {differences.length === 0
                ? "At least one field must differ."
                : `Differs in ${differences.map((one) => labelOf(one.path)).join(", ")}.`}
            </Text>
            <Button variant="default" onClick={() => navigate(`${space.path}/integrations/${detail.id}`)}>
              Cancel
            </Button>
            <PermittedButton allowed={allowed} loading={separate.isPending} onClick={save}>
              Separate integration
            </PermittedButton>
          </Group>
        }
      />
      {question}
      <ConfirmDialog
        opened={asks}
        onClose={() => setAsks(false)}
        title={`Separate ${nameOf(detail)} for ${space.name}?`}
        verb="Separate"
        danger={false}
        onConfirm={async () => submit()}
      >
        <WaitsNote
          waits={waits}
          becomes={`What was accepted on ${space.name} before goes on being delivered by the shared integration. Events that come from now on fire the copy.`}
        />
      </ConfirmDialog>
      <SavedDialog saved={saved} onStay={() => go(saved?.id ?? "")} onView={() => go(saved?.id ?? "")} />
    </>
  );
}
