// What a product is called, whom it belongs to, and its end.
import { Button, Group, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { useIntegrations } from "../../api/integrations";
import { deleteProduct, productPath, useUpdateProduct } from "../../api/products";
import type { Product } from "../../api/types";
import { useSpace } from "../../app/space";
import { fieldErrors, hasOther } from "../../lib/form-errors";
import { formatCount, plural } from "../../lib/format";
import { slugTaken } from "../../lib/slug";
import { useUnsaved } from "../../lib/unsaved";
import { sumOfWaits } from "../../lib/waits";
import { ConfirmDialog } from "../../ui/confirm";
import { ErrorPanel } from "../../ui/error-panel";
import { IconTrash } from "../../ui/icons";
import { Page as PageFrame } from "../../ui/page";
import { Panel } from "../../ui/panel";
import { PermittedButton } from "../../ui/permitted";
import { toastDone, toastKept } from "../../ui/toast";
import { WaitsNote } from "../integrations/view/waits-note";
import { MovePanel } from "./move-panel";

export function Page() {
  const space = useSpace();
  const product = space.product as Product;
  return (
    <PageFrame title="Settings" hint={`Of the product ${product.name}`}>
      <Stack maw={720} gap="md">
        <NamesPanel key={`${product.name} ${product.slug} ${product.description}`} product={product} />
        <MovePanel product={product} />
        <DeletePanel product={product} />
      </Stack>
    </PageFrame>
  );
}

const kFields = ["name", "slug", "description"] as const;

function NamesPanel({ product }: { product: Product }) {
  const space = useSpace();
  const navigate = useNavigate();
  const allowed = space.can("products:update");
  const [name, setName] = useState(product.name);
  const [slug, setSlug] = useState(product.slug);
  const [description, setDescription] = useState(product.description);
  const [saved, setSaved] = useState(false);
  const saving = useUpdateProduct(product);
  const errors = fieldErrors(saving.error, kFields);
  const taken = slugTaken(saving.error);
  const dirty = name !== product.name || slug !== product.slug || description !== product.description;
  const question = useUnsaved(dirty && !saved);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSaved(true); // going to the new address loses nothing
    saving.mutate(
      { name, slug, description },
      {
        onSuccess: (changed) => {
          toastDone("Saved");
          if (changed.slug !== product.slug) navigate(`${productPath(changed.slug)}/settings`, { replace: true });
        },
        onError: () => setSaved(false),
      },
    );
  };
  return (
    <Panel title="General">
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput
            label="Name"
            required
            withAsterisk={false}
            maxLength={128}
            readOnly={!allowed.ok}
            value={name}
            error={errors.name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            label="Slug"
            description={
              slug === product.slug
                ? "Stands in addresses."
                : `Addresses with ${product.slug}, in scripts too, will not be found any more. Those with the id ${product.id} go on working.`
            }
            required
            withAsterisk={false}
            readOnly={!allowed.ok}
            value={slug}
            error={errors.slug ?? taken}
            onChange={(event) => setSlug(event.currentTarget.value)}
          />
          <Textarea
            label="Description"
            autosize
            minRows={2}
            readOnly={!allowed.ok}
            value={description}
            error={errors.description}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
          {saving.isError && taken === undefined && hasOther(saving.error, kFields) && (
            <ErrorPanel error={saving.error} />
          )}
          <Group justify="flex-end" gap="xs">
            {dirty && (
              <Button
                variant="default"
                onClick={() => {
                  setName(product.name);
                  setSlug(product.slug);
                  setDescription(product.description);
                  saving.reset();
                }}
              >
                Reset
              </Button>
            )}
            <PermittedButton allowed={allowed} type="submit" loading={saving.isPending} disabled={allowed.ok && !dirty}>
              Save
            </PermittedButton>
          </Group>
        </Stack>
      </form>
      {question}
    </Panel>
  );
}

function DeletePanel({ product }: { product: Product }) {
  const space = useSpace();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const integrations = useIntegrations(space);
  const remove = async () => {
    const cancelled = await deleteProduct(product);
    if (cancelled > 0) toastKept(`${product.name} is deleted: ${formatCount(cancelled)} cancelled.`);
    else toastDone(`${product.name} is deleted`);
    navigate(space.organization === null ? "/sandbox/products" : `/orgs/${space.organization.slug}/products`);
  };
  return (
    <Panel title="Delete">
      <Group justify="space-between" gap="md">
        <Text size="sm" style={{ flex: "1 1 320px" }}>
          The product leaves every shared integration, and integrations that run only here are deleted.{" "}
          {product.device_count > 0 && `Its ${plural(product.device_count, "device")} will be in no product.`}
        </Text>
        <PermittedButton
          allowed={space.can("products:update")}
          variant="default"
          c="var(--mantine-color-error)"
          leftSection={<IconTrash size={16} aria-hidden />}
          onClick={() => setAsking(true)}
        >
          Delete product
        </PermittedButton>
      </Group>
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={`Delete ${product.name}?`}
        verb="Delete"
        typed={product.slug}
        onConfirm={remove}
      >
        <Stack gap="sm">
          <Text size="sm">
            What its devices publish fires none of the organization's integrations any more. This cannot be taken back.
          </Text>
          <WaitsNote
            waits={sumOfWaits(integrations.data?.filter((one) => !one.shared) ?? [])}
            color="red"
            becomes="Of integrations that run only here: what waits ends as cancelled. What shared ones have accepted goes on being delivered."
          />
        </Stack>
      </ConfirmDialog>
    </Panel>
  );
}
