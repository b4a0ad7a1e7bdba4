// The guest side of the transform ABI, under the module path of Redpanda's own SDK: the project's go.mod puts this folder
// in its place, so the transform's code is the same with either.
module github.com/redpanda-data/redpanda/src/transform-sdk/go/transform

go 1.21
