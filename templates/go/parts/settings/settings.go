package main

import (
	"os"
	"strings"
)

// setting reads an environment variable, spaces around it dropped. One that is missing ends the transform with a word in
// its log.
func setting(variable string) string {
	text := strings.Trim(os.Getenv(variable), " \t")
	if text == "" {
		missing(variable)
	}
	return text
}

// settings reads the items of "a, b", of which there is at least one.
func settings(variable string) []string {
	var items []string
	for _, item := range strings.Split(os.Getenv(variable), ",") {
		if item = strings.Trim(item, " \t"); item != "" {
			items = append(items, item)
		}
	}
	if len(items) == 0 {
		missing(variable)
	}
	return items
}

// pair is an item of "a=b, c=d".
type pair struct{ name, value string }

// settingPairs reads the pairs of "a=b, c=d", in order. An item without = is a pair of itself and itself.
func settingPairs(variable string) []pair {
	var pairs []pair
	for _, item := range settings(variable) {
		name, value, found := strings.Cut(item, "=")
		if !found {
			value = name
		}
		pairs = append(pairs, pair{strings.Trim(name, " \t"), strings.Trim(value, " \t")})
	}
	return pairs
}

func missing(variable string) {
	os.Stderr.WriteString(variable + " is not set\n")
	os.Exit(1)
}
