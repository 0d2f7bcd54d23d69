-- call_devices.lua - wrk's requests: calls to one of UIDS uids that have a device, a new seed for each window
math.randomseed(tonumber(os.getenv("SEED") or "1"))
local headers = { ["Content-Type"] = "application/json" }
local uids = tonumber(os.getenv("UIDS"))

function request()
    return wrk.format("POST", nil, headers, string.format('{"src_uid":"s%d","dst_uid":"%d"}',
        math.random(1000000), math.random(uids)))
end
