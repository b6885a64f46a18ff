import { zoneLogConformance } from '../../../../test/conformance/zone-log.conformance.ts'
import { MemoryZoneLog, MemoryZones } from './memory-zone-log.ts'

zoneLogConformance('MemoryZoneLog', async () => {
  const zones = new MemoryZones()
  return {
    log: new MemoryZoneLog(zones, ['geofence']),
    put: async zone => zones.put(zone),
    remove: async zoneId => zones.remove(zoneId),
    close: async () => undefined,
  }
})
