// A new product.
import { Button, Group, Modal, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { productPath, useCreateProduct } from "../../api/products";
import { useSpace } from "../../app/space";
import { fieldErrors, hasOther } from "../../lib/form-errors";
import { platformChoices } from "../../lib/platforms";
import { slugOf, slugTaken } from "../../lib/slug";
import { ErrorPanel } from "../../ui/error-panel";

const kFields = ["name", "slug", "platform_id", "description"] as const;

export function CreateDialog({ onClose }: { onClose: () => void }) {
  const space = useSpace();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [slug, setSlug] = useState("");
  const [platform, setPlatform] = useState("13");
  const [typed, setTyped] = useState("");
  const [description, setDescription] = useState("");
  const creating = useCreateProduct(space);
  const errors = fieldErrors(creating.error, kFields);
  const taken = slugTaken(creating.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    creating.mutate(
      { name, slug, platform_id: Number(platform), description },
      { onSuccess: (made) => navigate(productPath(made.slug)) },
    );
  };
  return (
    <Modal opened onClose={onClose} title="New product" size="lg">
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput
            label="Name"
            placeholder="Cellar thermometer"
            required
            withAsterisk={false}
            maxLength={128}
            value={name}
            error={errors.name}
            onChange={(event) => setName(event.currentTarget.value)}
            data-autofocus
          />
          <TextInput
            label="Slug"
            description="Stands in addresses. Made from the name where you leave it empty."
            placeholder={slugOf(name) || "cellar-thermometer"}
            value={slug}
            error={errors.slug ?? taken}
            onChange={(event) => setSlug(event.currentTarget.value)}
          />
          <Select
            label="Platform"
            description="What its devices are. Another number can be typed."
            data={platformChoices(typed)}
            value={platform}
            searchable
            onSearchChange={setTyped}
            allowDeselect={false}
            nothingFoundMessage="Type the platform's number"
            error={errors.platform_id}
            onChange={(value) => setPlatform(value ?? "13")}
          />
          <Textarea
            label="Description"
            autosize
            minRows={2}
            value={description}
            error={errors.description}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
          {creating.isError && taken === undefined && hasOther(creating.error, kFields) && (
            <ErrorPanel error={creating.error} />
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={creating.isPending}>
              Create product
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
