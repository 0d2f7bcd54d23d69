-- call_user.lua - wrk's requests: src and dst uids from a million, a new seed for each window
math.randomseed(tonumber(os.getenv("SEED") or "1"))
local headers = { ["Content-Type"] = "application/json" }

function request()
    local src, dst = math.random(1000000), math.random(1000000)
    if src == dst then dst = dst + 1 end
    return wrk.format("POST", nil, headers, string.format('{"src_uid":"%d","dst_uid":"%d"}', src, dst))
end
