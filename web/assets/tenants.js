// The organisations to choose from.
import { make } from "./dom.js";
import { text } from "./texts.js";

/** Offer `[{id, name}]` in `select`; a single one is chosen already. */
export function offerTenants(select, tenants) {
  const none = make("option", { value: "" }, text("password.choose"));
  const options = tenants.map(({ id, name }) => make("option", { value: id }, name));
  select.replaceChildren(...(options.length === 1 ? [] : [none]), ...options);
}

/** Choose the one of id `tenant`, where it is offered. */
export function chooseTenant(select, tenant) {
  if ([...select.options].some(({ value }) => value === tenant)) select.value = tenant;
}
