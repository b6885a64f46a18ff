/**
 * What the hot view does inside Redis, where nothing comes in between. One driver is one hash that expires:
 *
 *   o  recorded at, ms: what a write must not be older than      f  the fix, as JSON
 *   a  as of, ms: what freshness is judged by                    s  status   v  vehicle type ('' none)   t  said at, ms
 *                                                                q  the order that it is on ('' none)
 *
 * beside it a GEO index of where the drivers are and a sorted set of when each was seen, from which those that fell
 * silent are swept. Nodes write what they hear, at their own pace, around the move of a driver also both of them: the order
 * of arrival means nothing, so each write carries its time and an older one is refused here.
 */
import { LuaScript } from './lua-script.ts'

/** Arguments per driver of `WRITE`. */
const WRITE_ARGUMENTS = 10

/**
 * KEYS index, seen, mark, then one per driver. ARGV expiry of a driver ms, of the mark ms, seen since ms, swept at most,
 * then per driver: id, recorded, as of, longitude, latitude, fix ('' none; no longitude: nowhere in the index),
 * said at ('' nothing said, 0 only if nothing is known), status, vehicle type, order.
 *
 * @returns 1 where the mark was not there: Redis is empty, or new to this node. And how many drivers it knows.
 */
export const WRITE = new LuaScript(`
local emptied = redis.call('SET', KEYS[3], '1', 'NX', 'PX', ARGV[2])
if not emptied then redis.call('PEXPIRE', KEYS[3], ARGV[2]) end
local silent = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', '(' .. ARGV[3], 'LIMIT', 0, ARGV[4])
if #silent > 0 then
  redis.call('ZREM', KEYS[1], unpack(silent))
  redis.call('ZREM', KEYS[2], unpack(silent))
end
local at, seen, where = 4, {}, {}
local function add(list, ...)
  for _, value in ipairs({ ... }) do list[#list + 1] = value end
end
for i = 4, #KEYS do
  local key, id, recorded, asOf, lon, lat, fix, said, status, vehicle, order =
    KEYS[i], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4], ARGV[at + 5], ARGV[at + 6], ARGV[at + 7],
    ARGV[at + 8], ARGV[at + 9], ARGV[at + 10]
  at = at + ${WRITE_ARGUMENTS}
  local known = redis.call('HMGET', key, 'o', 't')
  if fix ~= '' and (not known[1] or tonumber(recorded) >= tonumber(known[1])) then
    redis.call('HSET', key, 'o', recorded, 'a', asOf, 'f', fix)
    if tonumber(asOf) >= tonumber(ARGV[3]) then
      add(seen, asOf, id)
      if lon ~= '' then add(where, lon, lat, id) else redis.call('ZREM', KEYS[1], id) end
    end
  end
  if said ~= '' and (not known[2] or (said ~= '0' and tonumber(said) >= tonumber(known[2]))) then
    redis.call('HSET', key, 't', said, 's', status, 'v', vehicle, 'q', order)
  end
  redis.call('PEXPIRE', key, ARGV[1])
end
if #seen > 0 then redis.call('ZADD', KEYS[2], unpack(seen)) end
if #where > 0 then redis.call('GEOADD', KEYS[1], unpack(where)) end
return { emptied and 1 or 0, redis.call('ZCARD', KEYS[2]) }
`)

/** KEYS one per driver. @returns per driver fix, status, vehicle type, order; nulls for what is not known. */
export const READ = new LuaScript(`
local out = {}
for i = 1, #KEYS do
  local d = redis.call('HMGET', KEYS[i], 'f', 's', 'v', 'q')
  out[#out + 1] = d[1]
  out[#out + 1] = d[2]
  out[#out + 1] = d[3]
  out[#out + 1] = d[4]
end
return out
`)

/**
 * KEYS index. ARGV prefix of a driver's key, longitude, latitude, radius m, limit, fresh since ms, status asked for ('' any),
 * vehicle type asked for ('' any), first radius m, looked at most.
 *
 * Grows from a small radius, so that a search of a whole city for its nearest driver does not sort the city. What has
 * expired is taken out of the index on the way.
 *
 * @returns as READ, nearest first.
 */
export const NEARBY = new LuaScript(`
local prefix, lon, lat = ARGV[1], ARGV[2], ARGV[3]
local radius, limit, fresh = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local status, vehicle, reach, most = ARGV[7], ARGV[8], math.min(tonumber(ARGV[9]), radius), tonumber(ARGV[10])
local out, looked, count = {}, {}, 0
while true do
  local near = redis.call('GEOSEARCH', KEYS[1], 'FROMLONLAT', lon, lat, 'BYRADIUS', reach, 'm', 'ASC', 'COUNT', most)
  for _, id in ipairs(near) do
    if not looked[id] then
      looked[id] = true
      local d = redis.call('HMGET', prefix .. id, 'a', 's', 'v', 'f', 'q')
      if not d[4] then
        redis.call('ZREM', KEYS[1], id)
      elseif tonumber(d[1]) >= fresh and (status == '' or d[2] == status) and (vehicle == '' or d[3] == vehicle) then
        out[#out + 1] = d[4]
        out[#out + 1] = d[2]
        out[#out + 1] = d[3]
        out[#out + 1] = d[5]
        count = count + 1
        if count == limit then return out end
      end
    end
  end
  if reach >= radius or #near >= most then return out end
  reach = math.min(reach * 3, radius)
end
`)
