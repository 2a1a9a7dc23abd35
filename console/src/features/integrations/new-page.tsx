// A new integration: what it sends is seen before it is saved, and so are those that are the same.
import { Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useCreateIntegration } from "../../api/integrations";
import { useProducts } from "../../api/products";
import type { Product, SavedIntegration } from "../../api/types";
import { type Space, useSpace } from "../../app/space";
import { nameOf } from "../../lib/integration";
import { useUnsaved } from "../../lib/unsaved";
import { Page as PageFrame } from "../../ui/page";
import { PermittedButton } from "../../ui/permitted";
import { QueryView } from "../../ui/query-view";
import { toastDone } from "../../ui/toast";
import { scopeOf } from "./form/answers";
import { FormFrame } from "./form/form-frame";
import { useSettingsForm } from "./form/form-state";
import { IdenticalNotice } from "./form/identical-notice";
import { type Saved, SavedDialog, savedOf } from "./form/saved-dialog";
import { kNewSettings, sentSettings } from "./form/settings-model";

export function Page() {
  const space = useSpace();
  const products = useProducts(space);
  return (
    <PageFrame
      title="New integration"
      crumbs={[{ label: "Integrations", to: `${space.path}/integrations` }]}
      hint={hintOf(space)}
    >
      {space.kind === "organization" ? (
        <QueryView query={products}>{(found) => <NewForm products={found} />}</QueryView>
      ) : (
        <NewForm products={null} />
      )}
    </PageFrame>
  );
}

function hintOf(space: Space): string {
  if (space.kind === "organization") return "One definition, run in the products that you choose.";
  if (space.kind === "product") return `Runs on the events of ${space.name}.`;
  return "Runs on the events of your own devices that are in no product.";
}

function NewForm({ products }: { products: Product[] | null }) {
  const space = useSpace();
  const navigate = useNavigate();
  // With one product there is nothing to choose between, but it is still chosen.
  const [initial] = useState(() =>
    products === null ? null : products.length === 1 ? products.map((one) => one.id) : [],
  );
  const form = useSettingsForm(kNewSettings, scopeOf(space), initial);
  const create = useCreateIntegration(space);
  const [attempt, setAttempt] = useState(0);
  const [saved, setSaved] = useState<Saved | null>(null);
  const [done, setDone] = useState(false);
  const question = useUnsaved(form.dirty && !done);

  const leaveTo = (path: string) => window.setTimeout(() => navigate(path));
  const save = () => {
    setAttempt((count) => count + 1);
    if (!form.validate()) return;
    const settings = sentSettings(form.settings);
    create.mutate(form.products === null ? settings : { ...settings, product_ids: form.products }, {
      onSuccess: (made) => {
        setDone(true);
        const title = made.joined ? "Joined an existing integration" : "Created";
        const told = savedOf(made.id, title, made.warnings, notesOf(made, space));
        if (told !== null) return setSaved(told);
        toastDone(`Created ${nameOf(made)}`);
        leaveTo(`${space.path}/integrations/${made.id}`);
      },
      onError: (problem) => {
        form.refuse(problem);
        setAttempt((count) => count + 1);
      },
    });
  };
  return (
    <>
      <FormFrame
        form={form}
        saved={null}
        detail={null}
        products={products}
        attempt={attempt}
        below={<IdenticalNotice form={form} />}
        actions={
          <Group justify="flex-end" gap="xs">
            {form.blocked !== null && (
              <Text size="xs" c="dimmed">
                The JSON is not in order yet.
              </Text>
            )}
            <Button variant="default" onClick={() => navigate(`${space.path}/integrations`)}>
              Cancel
            </Button>
            <PermittedButton allowed={space.can("integrations:create")} loading={create.isPending} onClick={save}>
              Create webhook
            </PermittedButton>
          </Group>
        }
      />
      {question}
      <SavedDialog
        saved={saved}
        onStay={() => leaveTo(`${space.path}/integrations/${saved?.id}/edit`)}
        onView={() => leaveTo(`${space.path}/integrations/${saved?.id}`)}
      />
    </>
  );
}

function notesOf(made: SavedIntegration, space: Space): string[] {
  return made.joined
    ? [
        `An integration with exactly these settings was there: ${nameOf(made)}. It now runs on ${space.name} too, and no second one was made.`,
      ]
    : [];
}
