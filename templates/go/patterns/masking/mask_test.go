package main

import "testing"

func TestMask(t *testing.T) {
	masker := newMasker([]string{"email", "pin"})
	for text, expected := range map[string]string{
		`{"email":"jane.doe@example.com"}`:  `{"email":"****.com"}`,
		`{"email":"12345678"}`:              `{"email":"****"}`,
		`{"email":"12345678\u00e9"}`:        `{"email":"****678\u00e9"}`,
		`{ "pin" : 1234, "x": 1e2 }`:        `{ "pin" : "****", "x": 1e2 }`,
		`[{"a":{"pin":[1,{"email":"x"}]}}]`: `[{"a":{"pin":"****"}}]`,
		`{"\u0065mail":null}`:               `{"\u0065mail":"****"}`,
		`{"Email":"jane.doe@example.com"}`:  `{"Email":"jane.doe@example.com"}`,
		` [ 1 , -0.5e+1 ] `:                 ` [ 1 , -0.5e+1 ] `,
	} {
		if masked, ok := masker.mask([]byte(text)); !ok || string(masked) != expected {
			t.Errorf("mask(%s) = %s, %v; expected %s", text, masked, ok, expected)
		}
	}
}

func TestMaskTellsWhatIsNotJSON(t *testing.T) {
	masker := newMasker([]string{"email"})
	for _, text := range []string{``, `{"email":"x"`, `[1,]`, `01`, "\"\t\"", `nul`, `{} {}`, "\ufeff1", "\"\xff\""} {
		if masked, ok := masker.mask([]byte(text)); ok {
			t.Errorf("mask(%q) = %s; expected a refusal", text, masked)
		}
	}
}
