/**
 * The short form of a `tracking_url`: the same page, with the link's token behind the `#`. What stands there is sent to nobody, neither
 * to a proxy's log nor to the server of a messenger that looks what a link is about.
 */
export function pageOfLink(trackingUrl: string): string {
  const { origin, searchParams } = new URL(trackingUrl)
  return `${origin}/track#${searchParams.get('token') ?? ''}`
}
