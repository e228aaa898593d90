# SPDX-License-Identifier: BSD-2-Clause
"""Where the two differ, and why: ukictl(8), "Where load is stricter than firmware"."""

_CERTIFICATE = "a certificate in the table that is no PKCS #7 signature: firmware passes over it, load takes the table for damaged"

# Whoever vouches: case -> reason.
_ANY: dict[str, str] = {
    "append_certificate": _CERTIFICATE,
    "append_other_kind": _CERTIFICATE,
    "profile_linux_only_there": "the image's profile 0 has no kernel; load judges that one too, whichever is named",
    "policy_append_ours":
        "a word for ukiload in --append: load takes kernel parameters there and writes ukiload's own words itself",
}

# Where firmware is what vouches.
_DB: dict[str, str] = {
    "trust_key_sha1": "some firmware takes SHA-1 and some does not, so load promises nothing",
}

# Where it is shim.
_ONE_OF_TWO = "shim is content with one signature, or a digest, that is good; load does not arm what has a revoked signature, as firmware does not"
_TBS = "shim passes over revocations of this kind in dbx, which firmware heeds; what is revoked is not armed"
_SHIM: dict[str, str] = {
    "trust_good_then_revoked": _ONE_OF_TWO,
    "trust_revoked_then_good": _ONE_OF_TWO,
    "trust_good_and_revoked_in_both": _ONE_OF_TWO,
    "trust_digest_in_db_revoked": _ONE_OF_TWO,
    "trust_tbs_in_dbx": _TBS,
    "trust_tbs_in_dbx_and_good": _TBS,
}

# And shim 16.1, where 15.8 refuses it as well.
_SHIM161: dict[str, str] = {
    "gap_digest_of_sections":
        "bytes that no section counts, in an image that nobody signed: shims differ about its digest, so load promises nothing",
}

# What `ukictl load` refuses and firmware would start: trust -> case -> reason.
ALONE: dict[str, dict[str, str]] = {"db": {**_ANY, **_DB}, "shim161": {**_ANY, **_SHIM, **_SHIM161},
                                    "shim158": {**_ANY, **_SHIM}}
