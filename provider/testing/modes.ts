/** States of the whole instance, off until they are set. */
export interface Modes {
  /** Writes answer 503. https://docs.gitlab.com/administration/maintenance_mode/ */
  maintenance: boolean;
  /** Writes answer 403, or a redirect where their content type is not JSON. */
  readOnly: boolean;
}
