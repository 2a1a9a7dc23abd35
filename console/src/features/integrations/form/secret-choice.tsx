// Chosen secrets, by their names, in the order in which they were chosen. Who may not see them types the names.
import { MultiSelect, TagsInput } from "@mantine/core";
import type { ReactNode } from "react";
import { secretsApi, useSecrets } from "../../../api/secrets";
import { type Space, useSpace } from "../../../app/space";

// A member of the product's own team does not see the organization's secrets, but may name them.
export function seesSecrets(space: Space): boolean {
  return space.kind !== "product" || space.organization !== null || space.product?.organization_id == null;
}

interface Props {
  label: string;
  description: string;
  value: string[];
  onChange: (names: string[]) => void;
  error?: ReactNode;
  readOnly?: boolean;
  field?: string;
}

export function SecretChoice({ field, ...shared }: Props) {
  const space = useSpace();
  const query = useSecrets(secretsApi(space), seesSecrets(space));
  const none = shared.value.length === 0;
  if (query.data === undefined) {
    return <TagsInput {...shared} placeholder={none ? "Type a name and press Enter" : undefined} data-field={field} />;
  }
  return (
    <MultiSelect
      {...shared}
      data={[...new Set([...query.data.map((one) => one.name), ...shared.value])]}
      searchable
      placeholder={none ? "None chosen" : undefined}
      nothingFoundMessage="There is no such secret"
      comboboxProps={{ withinPortal: true }}
      data-field={field}
    />
  );
}
