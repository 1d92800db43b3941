/** A row of histories."Edit". */
export interface EditRow {
  readonly id: string;
  readonly tenantId: string;
  readonly scriptId: string;
  readonly title: string;
  readonly editedAt: Date;
}

export interface MappedEdit {
  readonly tenantId: string;
  readonly scriptId: string;
  readonly commandId: string;
  readonly name: string;
  readonly at: Date;
}

/** Maps a legacy edit to the command that it was, or says why it cannot be one. Pure. */
export function mapEdit({ id, tenantId, scriptId, title, editedAt }: EditRow):
  | { readonly kind: "mapped"; readonly edit: MappedEdit }
  | {
      readonly kind: "blocked";
      readonly row: { readonly legacyId: string; readonly code: string; readonly message: string };
    } {
  const name = title.trim();
  if (name === "")
    return { kind: "blocked", row: { legacyId: id, code: "title_empty", message: "A script has a name." } };
  return { kind: "mapped", edit: { tenantId, scriptId, commandId: `histories.${id}`, name, at: editedAt } };
}
